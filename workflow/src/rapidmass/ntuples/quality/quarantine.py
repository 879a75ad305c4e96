"""Which files of a sample count: those that can be read, and that repeat no event of another."""

import logging
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from rapidmass.ntuples.quality.file_summary import FileSummary, iterate_numbers, read_file_summary
from rapidmass.storage.sorting import KeySorter

logger = logging.getLogger(__name__)

ROWS_AT_ONCE = 1 << 20
WORST = 5
COPY = "holds the same events as"
Holders = tuple[int, ...]
"""Which files hold an event, by their places in the order of names; one twice if it repeats it."""


class QuarantineError(ValueError):
    """More is left out of a sample than may be; the message says which files, and why."""


class Holdings:
    """How events are shared out among files.

    Parameters
    ----------
    files
        Number of files.
    """

    def __init__(self, files: int) -> None:
        self.counts: Counter[Holders] = Counter()
        """Number of events by the files that hold them."""
        self.examples: dict[Holders, tuple[int, int]] = {}
        """Run and event number of one of them."""
        self.kinds: list[list[Holders]] = [[] for _ in range(files)]
        """By file, the keys of the others that name it."""

    def add(self, holders: Holders, count: int, example: tuple[int, int]) -> None:
        """Note events that the same files hold."""
        if holders not in self.counts:
            self.examples[holders] = example
            for place in set(holders):
                self.kinds[place].append(holders)
        self.counts[holders] += count

    def count_events(self, place: int) -> int:
        """Count the events of a file, each once."""
        return sum(self.counts[holders] for holders in self.kinds[place])

    def count_rows(self, place: int) -> int:
        """Count the entries of a file that hold these events."""
        return sum(self.counts[holders] * holders.count(place) for holders in self.kinds[place])


def judge_files(
    parts: Mapping[str, Path], *, sample: str, role: str, folder: Path
) -> dict[str, Any]:
    """Decide which files of a sample count.

    A file that cannot be read is left out, and so is one that repeats an event of its own or of a
    file that counts, or all events of one that counts where they have no numbers; of two files the
    one whose part comes first by name counts. An event is lost if no file that counts holds it, or
    holds it with impossible numbers.

    Parameters
    ----------
    parts
        What `rapidmass.ntuples.quality.file_check.write_file_summary` wrote of each file, by
        part; in any order.
    sample, role
        Its name and role.
    folder
        Where to put files that are gone afterwards.

    Returns
    -------
    dict
        In JSON types: `sample`, `role`, `policy`; `parts` by name, each with `file`, `entries`,
        whether these are `estimated` from the size, the reason why it is `left_out` (None: it
        counts), `n_bad_events`, the first `bad_events`, and how many events are `lost` with it;
        `events` (each counted once), and the shares `kept` and `kept_of_used`: of all events, and
        of those in files that count; and the `sum_of_weights` of the events that stay, where it is
        a sum over the events themselves.

    Raises
    ------
    QuarantineError
        If nobody can tell how much is lost.
    """
    names = sorted(parts)
    summaries = [read_file_summary(parts[name]) for name in names]
    holdings = _compare_files([parts[name] for name in names], summaries, folder)
    reasons = _find_reasons(summaries, holdings)
    entries = _estimate_entries(sample, summaries)
    lost = _count_lost(entries, holdings, reasons)
    used = [place for place, reason in enumerate(reasons) if reason is None]
    # no two files that count hold the same event
    sound = sum(holdings.count_events(place) for place in used)
    events = sound + sum(lost)
    kept = sound / events if events else 1.0
    content = {
        "sample": sample,
        "role": role,
        "policy": "quarantine",
        "parts": {
            name: {
                "file": summary.file,
                "entries": number,
                "estimated": summary.entries is None,
                "left_out": reason,
                "bad_events": summary.bad_events,
                "n_bad_events": summary.n_bad_events,
                "lost": gone,
            }
            for name, summary, number, reason, gone in zip(
                names, summaries, entries, reasons, lost, strict=True
            )
        },
        "events": events,
        "kept": kept,
        "kept_of_used": sound / sum(entries[place] for place in used) if sound else 1.0,
        "sum_of_weights": _add_weights([summaries[place] for place in used]),
    }
    _tell(sample, content)
    return content


def check_loss(record: Mapping[str, Any], cap: float) -> None:
    """Make sure that a sample loses no more than it may.

    Parameters
    ----------
    record
        Of `judge_files`.
    cap
        Largest share of its events that may be lost.

    Raises
    ------
    QuarantineError
        If more is lost.
    """
    if 1 - record["kept"] > cap:
        raise QuarantineError(_describe_excess(record, cap))


def _add_weights(used: list[FileSummary]) -> float | None:
    sums = [summary.sum_of_weights for summary in used]
    return None if None in sums or not sums else sum(number or 0.0 for number in sums)


def _compare_files(paths: list[Path], summaries: list[FileSummary], folder: Path) -> Holdings:
    """Find out which events are in which files, a range of keys at a time."""
    holdings = Holdings(len(paths))
    most = sum(summary.entries or 0 for summary in summaries)
    with KeySorter(folder, most) as sorter:
        for place, path in enumerate(paths):
            for table in iterate_numbers(path):
                number = np.full(table.num_rows, place, dtype=np.int32)
                sorter.add(table.append_column("file", pa.array(number)))
        if sorter.rows:
            for piece in sorter.drain(1 + sorter.rows // ROWS_AT_ONCE):
                _note_holders(piece, holdings)
    return holdings


def _note_holders(table: pa.Table, holdings: Holdings) -> None:
    """Note which files hold the events of a table, which is sorted by key."""
    file = table["file"].to_numpy()
    is_new = np.ones(len(file), dtype=np.bool_)
    columns = [table[name].to_numpy() for name in ("key", "run", "event")]
    is_new[1:] = np.logical_or.reduce([column[1:] != column[:-1] for column in columns])
    first = np.flatnonzero(is_new)
    size = np.diff(np.append(first, len(file)))
    for number in np.unique(size).tolist():
        rows = first[size == number]
        # files were added in order, and equal keys keep it
        held = file[rows[:, None] + np.arange(number)]
        kinds, index, count = np.unique(held, axis=0, return_index=True, return_counts=True)
        examples = table.take(pa.array(rows[index])).to_pylist()
        for kind, events, example in zip(kinds.tolist(), count.tolist(), examples, strict=True):
            holdings.add(tuple(kind), events, (example["run"], example["event"]))


def _find_reasons(summaries: list[FileSummary], holdings: Holdings) -> list[str | None]:
    """Say of each file why it is left out, if it is."""
    reasons: list[str | None] = []
    used: set[int] = set()
    for place, summary in enumerate(summaries):
        reason = summary.reason or _find_repetition(place, used, summaries, holdings)
        if reason is None and (original := _find_original(place, used, summaries)) is not None:
            reason = f"{COPY} {summaries[original].file}"
        reasons.append(reason)
        if reasons[-1] is None:
            used.add(place)
    return reasons


def _find_original(place: int, used: set[int], summaries: list[FileSummary]) -> int | None:
    """Find the file that counts of which another one is a copy; events need no numbers for it."""
    content = summaries[place].content
    same = (other for other in sorted(used) if summaries[other].content == content)
    return None if content is None else next(same, None)


def _find_repetition(
    place: int, used: set[int], summaries: list[FileSummary], holdings: Holdings
) -> str | None:
    """Find the file, itself or one that counts, of which a file repeats most events."""
    shared: dict[int, list[Holders]] = {}
    for holders in sorted(holdings.kinds[place]):
        others = used.intersection(holders) | ({place} if holders.count(place) > 1 else set())
        for other in others:
            shared.setdefault(other, []).append(holders)
    if not shared:
        return None
    numbers = {other: sum(holdings.counts[h] for h in kinds) for other, kinds in shared.items()}
    other = max(sorted(numbers), key=numbers.__getitem__)
    run, event = holdings.examples[shared[other][0]]
    where = "itself" if other == place else summaries[other].file
    return f"repeats {_count(numbers[other])} of {where}, such as run {run}, event {event}"


def _estimate_entries(sample: str, summaries: list[FileSummary]) -> list[int]:
    """Tell how many events each file has or, if that cannot be read, should have by its size."""
    # the size of a file without events says nothing of how large events are
    good = [f for f in summaries if f.reason is None and f.entries and f.size]
    entries = []
    for summary in summaries:
        if summary.entries is not None:
            entries.append(summary.entries)
        elif summary.size is None or not good:
            lacking = (
                "or give the sizes of all files of the sample, in their order and without "
                "wildcards, in the column 'size'"
                if good
                else "as there is no other file to compare it with"
            )
            raise QuarantineError(
                f"sample {sample}: nobody can tell which share of the events is in {summary.file} "
                f"({summary.reason}): repair it, take it out of the sample sheet, {lacking}"
            )
        else:
            density = sum(f.entries or 0 for f in good) / sum(f.size or 0 for f in good)
            entries.append(round(summary.size * density))
    return entries


def _count_lost(entries: list[int], holdings: Holdings, reasons: list[str | None]) -> list[int]:
    """Count the events that are lost with each file; those in several with the first of them."""
    used = {place for place, reason in enumerate(reasons) if reason is None}
    lost = []
    for place, number in enumerate(entries):
        if (reasons[place] or "").startswith(COPY):  # its events count, in another file
            lost.append(0)
            continue
        missed = [h for h in holdings.kinds[place] if not used.intersection(h)]
        own = sum(holdings.counts[holders] for holders in missed if min(holders) == place)
        # of events that cannot be read or used, as many are lost as of those that can
        share = 1.0
        if place not in used and (known := holdings.count_events(place)):
            share = sum(holdings.counts[holders] for holders in missed) / known
        lost.append(round(own + (number - holdings.count_rows(place)) * share))
    return lost


def _tell(sample: str, content: Mapping[str, Any]) -> None:
    for part in content["parts"].values():
        what = part["file"]
        if part["left_out"] is None:
            what = f"{_count(part['n_bad_events'])} of {what}"
        if part["left_out"] is not None or part["n_bad_events"]:
            logger.warning("sample %s: left out %s: %s", sample, what, _give_reason(part))


def _count(events: int) -> str:
    return f"{events:,} event{'s' * (events != 1)}"


def _give_reason(part: Mapping[str, Any]) -> str:
    return str(part["left_out"] or part["bad_events"][0]["reason"])


def _describe_excess(content: Mapping[str, Any], cap: float) -> str:
    worst = sorted(content["parts"].values(), key=lambda part: (-part["lost"], part["file"]))
    listed = [
        f"{part['file']} ({_count(part['lost'])}): {_give_reason(part)}"
        for part in worst[:WORST]
        if part["lost"]
    ]
    return (
        f"sample {content['sample']}: {1 - content['kept']:.2%} of its events would be left out, "
        f"more than files.quarantine_cap = {cap:.2%} allows: {'; '.join(listed)}. Repair these "
        "files, take them out of the sample sheet, or raise the cap"
    )
