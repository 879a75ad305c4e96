"""Events that several files hold: no event may count twice."""

import logging
from collections.abc import Collection, Iterator, Mapping, Sequence
from pathlib import Path

import numpy as np
import pyarrow as pa

from rapidmass.storage.event_keys import make_event_keys
from rapidmass.storage.parquet import iterate_events, open_shard, read_content, read_shard
from rapidmass.storage.sorting import KeySorter, RepeatedEventError, find_repeated
from rapidmass.storage.tables import ALL_KEYS, KeyRange, split_keys

logger = logging.getLogger(__name__)

KEYS_AT_ONCE = 1 << 22
NUMBERS = ("run", "event")
NUMBERED = pa.schema(
    {"key": pa.uint64(), "run": pa.int64(), "event": pa.uint64(), "sample": pa.int32()}
)


def refuse_copies(samples: Mapping[str, Sequence[Path]]) -> None:
    """Make sure that no shard holds the same events as another one, whatever their names.

    Parameters
    ----------
    samples
        Shards of each sample, all of one selection.

    Raises
    ------
    RepeatedEventError
        If one does; the message names both, and their samples.
    """
    found: dict[str, list[tuple[str, str, Path]]] = {}
    for name, shards in samples.items():
        for path in shards:
            content, _, numbers = (read_content(path) or "").partition("/")
            alike = found.setdefault(content, [])
            for others, sample, other in alike if content else ():
                if numbers == others or not (numbers and others):  # one of them may have none
                    raise RepeatedEventError(_describe_augmented(sample, other, name, path))
            alike.append((numbers, name, path))


def _describe_augmented(sample: str, path: Path, other_sample: str, other: Path) -> str:
    is_one = sample == other_sample
    where = f"sample {sample}" if is_one else f"samples {sample} and {other_sample}"
    return (
        f"{path} and {other} hold the same events, of files of {where} that are copies of each "
        "other; they would count twice. Leave one of them out"
        + (", or set files.bad_files to quarantine" if is_one else "")
    )


def refuse_shared(shards: Sequence[Path]) -> None:
    """Make sure that no event is in two shards of a sample.

    Parameters
    ----------
    shards
        Its shards, with run and event numbers. Their keys are read, a range of them at a time.

    Raises
    ------
    RepeatedEventError
        If one is; the message names run, event and both files.
    """
    refuse_copies({shards[0].parent.name: shards} if shards else {})
    for keys in split_keys(ALL_KEYS, 1 + _count_rows(shards) // KEYS_AT_ONCE):
        pieces = [read_shard(path, keys, ["key"])["key"].to_numpy() for path in shards]
        together = np.sort(np.concatenate(pieces))
        for key in together[1:][together[1:] == together[:-1]].tolist():
            refuse_key(key, shards)


def refuse_key(key: int, shards: Sequence[Path]) -> None:
    """Make sure that a key which two shards of a sample hold is that of two different events.

    Parameters
    ----------
    key
        The key.
    shards
        Shards of the sample, with run and event numbers.

    Raises
    ------
    RepeatedEventError
        If it is that of one event; the message names run, event and both files.
    """
    found: dict[tuple[int, int], Path] = {}
    for path in shards:
        same = read_shard(path, KeyRange(key, key + 1), NUMBERS)
        for number in set(zip(*(same[name].to_pylist() for name in NUMBERS), strict=True)):
            if number in found:
                raise RepeatedEventError(
                    f"run {number[0]}, event {number[1]} is in {found[number]} and in {path}: two "
                    "files of the sample hold the same event. Leave one of them out, or set "
                    "files.bad_files to quarantine. If these are different events, correct "
                    "'identity' of the ntuple format, or take it out: file and entry name an "
                    "event then"
                )
            found[number] = path


def refuse_overlap(
    samples: Mapping[str, Sequence[Path]], folder: Path, unnumbered: Collection[str] = ()
) -> dict[str, int]:
    """Make sure that no event is in two samples of data.

    Parameters
    ----------
    samples
        Shards of each sample, all of one selection.
    folder
        Where to put files that are gone afterwards.
    unnumbered
        Samples whose events have no numbers: only copies of whole files are found among them.

    Returns
    -------
    dict
        Number of events by sample.

    Raises
    ------
    RepeatedEventError
        If one is; the message names run, event and both samples.
    """
    refuse_copies(samples)
    names = list(samples)
    counts = {name: _count_rows(samples[name]) for name in names}
    with KeySorter(folder, sum(counts.values())) as sorter:
        sorter.add(NUMBERED.empty_table())
        for number, name in enumerate(names):
            for table in _list_numbers(samples[name], number) if name not in unnumbered else ():
                sorter.add(table)
        for piece in sorter.drain(1 + sorter.rows // KEYS_AT_ONCE):
            for row in find_repeated(piece, NUMBERS):
                run, event = (piece[name][row].as_py() for name in NUMBERS)
                pair = (names[piece["sample"][place].as_py()] for place in (row, row + 1))
                raise RepeatedEventError(
                    f"run {run}, event {event} is in the data samples {' and '.join(pair)}, which "
                    "would count it twice: leave one of them out of the selection, or keep their "
                    "events apart by the column 'require' of the sample sheet"
                )
    logger.info("%d events of %s are all different", sorter.rows, ", ".join(names))
    return counts


def _count_rows(shards: Sequence[Path]) -> int:
    rows = 0
    for path in shards:
        with open_shard(path) as parquet:
            rows += parquet.metadata.num_rows
    return rows


def _list_numbers(shards: Sequence[Path], sample: int) -> Iterator[pa.Table]:
    """List run and event numbers, with keys that do not know the sample."""
    for path in shards:
        for table in iterate_events(path, NUMBERS):
            run, event = (table[name].to_numpy() for name in NUMBERS)
            columns = {
                "key": make_event_keys(0, "", run, event),
                "run": run,
                "event": event,
                "sample": np.full(len(run), sample, dtype=np.int32),
            }
            yield pa.table(columns, schema=NUMBERED)
