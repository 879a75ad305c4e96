"""The section on input files: which were left out, why, and what was corrected for it."""

from collections.abc import Iterator, Mapping
from typing import Any

from rapidmass.config.inputs.sums_of_weights import StoredSum
from rapidmass.provenance.atomic_files import read_json
from rapidmass.report.formatting import Table, write_count, write_number
from rapidmass.report.products import RunProducts, SelectionProducts
from rapidmass.report.sections import Section

MOST_EVENTS = 100
ALL_SOUND = (
    "Bad input ends a run. Of what this report tells, every file could be read, every event has "
    "finite and possible momenta and weights, and no event counts twice."
)
RULES = (
    "Left out are files that cannot be read whole or lack what normalises their sample, files that "
    "repeat an event of their own or of a file that counts (of two, the one whose name comes first "
    "counts), and single events with numbers that are not finite or with momenta beyond the energy "
    "of a beam."
)
CORRECTION = (
    "Share kept: of the events of a sample, each counted once, those that are used. Where the sum "
    "of weights is that of the whole sample, weights are divided by this share; a sum over files "
    "leaves out the same files, and one over the events themselves the same events. The luminosity "
    "of data is multiplied with it. The share is one of numbers of events, whatever their weights."
)
FURTHER = (
    "Files are judged by what all selections need. What only the cuts of one selection or one "
    "systematic variation read may be impossible in further events: these are missing from its "
    "yields, and nothing makes up for them."
)


def describe_files(run: RunProducts) -> Section | None:
    """Describe which input files count.

    Parameters
    ----------
    run
        What the report tells.

    Returns
    -------
    Section or None
        None if bad files end a run: there are none then.
    """
    if not run.quarantine_records:
        return None
    left_out = _tabulate_left_out(run)
    bad_events, further = _tabulate_events(run), _tabulate_further(run)
    text = [RULES, CORRECTION]
    if further.rows:
        text.append(FURTHER)
    elif not left_out.rows and not bad_events.rows:
        text.append("Nothing had to be left out.")
    found = (table for table in (left_out, bad_events, further) if table.rows)
    tables = [_tabulate_shares(run), *found]
    return Section("files", "Input files", text=tuple(text), tables=tuple(tables))


def _tabulate_shares(run: RunProducts) -> Table:
    rows = []
    for name, content in run.files.items():
        parts = content["parts"].values()
        rows.append(
            [
                name,
                content["role"],
                _describe_correction(run, name),
                write_count(len(parts)),
                write_count(sum(part["left_out"] is not None for part in parts)),
                write_count(content["events"]),
                write_count(sum(part["lost"] for part in parts)),
                f"{write_number(100 * content['kept'], 5)} %",
            ]
        )
    columns = (
        "Sample", "Role", "Corrected", "Files", "Files left out", "Events", "Events lost",
        "Share kept",
    )  # fmt: skip
    return Table(columns, rows, words=3)


def _describe_correction(run: RunProducts, sample: str) -> str:
    content, row = run.weights[sample], run.samples[sample]
    kept = write_number(content["kept"], 5)
    if row.is_data:
        return f"luminosity × {kept}" if content["kept"] < 1 else "nothing"
    words = [f"weights ÷ {kept}"] if content["kept"] < 1 else []
    where, parts = row.sum_of_weights, run.files[sample]["parts"].values()
    if isinstance(where, str) and StoredSum.parse(where).is_added:
        over_events = run.files[sample]["sum_of_weights"] is not None
        if over_events and any(part["lost"] for part in parts):
            words.append("sum of weights of the events used")
        elif any(part["left_out"] for part in parts):
            words.append("sum of weights of the files used")
    return ", ".join(words) or "nothing"


def _tabulate_left_out(run: RunProducts) -> Table:
    rows = [
        [
            sample,
            part["file"],
            part["left_out"],
            f"{'about ' * part['estimated']}{write_count(part['entries'])}",
            write_count(part["lost"]),
        ]
        for sample, part in _list_parts(run)
        if part["left_out"] is not None
    ]
    columns = ("Sample", "File left out", "Reason", "Events", "Events lost")
    note = (
        "Events lost: those that no file which counts has. About: from the size of the file and "
        "what other files of the sample have."
    )
    return Table(columns, rows, words=3, note=note)


def _tabulate_events(run: RunProducts) -> Table:
    used = [(name, part) for name, part in _list_parts(run) if part["left_out"] is None]
    rows = [
        [sample, part["file"], bad["reason"], *(str(bad[key]) for key in ("entry", "run", "event"))]
        for sample, part in used
        for bad in part["bad_events"]
    ]
    total = sum(part["n_bad_events"] for _, part in used)
    note = ""
    if total > min(len(rows), MOST_EVENTS):
        note = f"The first ones of {write_count(total)} events."
    columns = ("Sample", "File", "Reason to leave out an event", "Entry", "Run", "Event")
    return Table(columns, rows[:MOST_EVENTS], words=3, note=note)


def _tabulate_further(run: RunProducts) -> Table:
    rows = [
        [
            selection.name,
            variation,
            sample,
            f"{number:+,}".replace("-", "−"),
            write_number(100 * number / events),
        ]
        for selection in run.selections
        for variation, sample, number, events in _list_further(run, selection)
        if number
    ]
    columns = ("Selection", "Variation", "Sample", "Further events left out", "Share [%]")
    note = (
        "Nominal: beyond those listed for the files. Of variations: beyond the nominal ones of the "
        "selection; fewer have a minus. Share: of the events in the files used."
    )
    return Table(columns, rows, words=3, note=note)


def _list_further(
    run: RunProducts, selection: SelectionProducts
) -> Iterator[tuple[str, str, int, int]]:
    """List what a selection leaves out of each sample beyond what was found of its files."""
    if selection.losses is None:
        return
    losses = read_json(selection.losses)
    for sample, found in losses["samples"].items():
        used = [part for part in run.files[sample]["parts"].values() if part["left_out"] is None]
        known = sum(part["n_bad_events"] for part in used)
        yield "nominal", sample, found["left_out"] - known, found["events"]
    for shift, samples in losses["shifts"].items():
        for sample, found in samples.items():
            nominal = losses["samples"][sample]["left_out"]
            yield shift, sample, found["left_out"] - nominal, found["events"]


def _list_parts(run: RunProducts) -> Iterator[tuple[str, Mapping[str, Any]]]:
    for sample, content in run.files.items():
        for part in content["parts"].values():
            yield sample, part
