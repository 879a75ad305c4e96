"""`rapidmass check-format FORMAT FILE`: an ntuple format on a file.

Tells what every expression of the format gives for the first events, what is missing, and what
cannot be right. Its exit status is 0 where the format fits the file, 1 where it does not, and 2 for
a wrong call.
"""

import argparse
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import numpy as np

from rapidmass.columnar.jagged import Jagged, Values
from rapidmass.config.inputs.constants import add_bookkeeping
from rapidmass.config.inputs.ntuple_format import NtupleFormat
from rapidmass.config.inputs.samples import Sample
from rapidmass.config.load import ConfigError, read_format, read_sample
from rapidmass.ntuples.access.sources import Source
from rapidmass.ntuples.access.trees import holds_events
from rapidmass.ntuples.quality.format_check import (
    IN_FILE,
    SHIFT,
    VARIABLE,
    FormatCheck,
    Outcome,
    check_format,
)
from rapidmass.ntuples.quality.plausibility import Doubt, count_objects, find_doubts
from rapidmass.ntuples.quality.row_check import RowTrial, try_row

EVENTS_SHOWN = 3
NUMBERS_SHOWN = 2  # of the list of an event
LONGEST_TEXT = 48
SQRT_S = 13000.0  # GeV, as of a configuration that does not say
BLANKS = "  "


def inspect_file(
    settings: NtupleFormat,
    source: Source,
    *,
    is_data: bool,
    entries: int = 1000,
    objects: Sequence[str] | None = None,
    row: Sample | None = None,
    sqrt_s: float = SQRT_S,
) -> tuple[str, bool]:
    """Describe what a format makes of a file.

    Parameters
    ----------
    settings
        The format.
    source
        The file.
    is_data
        Whether it holds data, or simulation.
    entries
        How many entries to look at.
    objects
        Names of the objects to look at; all of the format if None.
    row
        The row of the sample sheet that the file is of, if its weights are to be looked at.
    sqrt_s
        Centre-of-mass energy in GeV: no momentum is above half of it.

    Returns
    -------
    report : str
        For people.
    fits : bool
        Whether every expression can be computed and nothing is surely wrong.

    Raises
    ------
    ValueError
        If the format is wrong in itself, or no tree of the file matches.
    """
    known = settings if row is None else add_bookkeeping(row, settings)
    if not holds_events(source, known):
        return f"{source}\nholds no event, and counts so: try the format on another file.\n", True
    check = check_format(
        settings,
        source,
        is_data=is_data,
        entries=entries,
        objects=objects,
        largest_momentum=sqrt_s / 2,
    )
    doubts = find_doubts(settings, check, is_data=is_data)
    problems = {name: one.problem for name, one in check.outcomes.items() if one.problem}
    weights = None if row is None else try_row(row, source, settings)
    if weights is not None and weights.problem is not None:
        problems["weight"] = weights.problem
    faults = [doubt.text for doubt in doubts if doubt.is_fault]
    lines = [
        *_describe_tree(source, settings, check, is_data=is_data),
        *_describe_choices(settings, check),
        *_describe_values(check.outcomes),
        *_describe_objects(settings, check),
        *_describe_trigger(check),
        *_describe_weights(weights),
        *_describe_problems(problems, check.missing, settings),
        *_describe_doubts(doubts),
        "",
        _judge(len(problems), len(faults), len(doubts) - len(faults)),
    ]
    return "\n".join(lines) + "\n", not problems and not faults


def _describe_tree(
    source: Source, settings: NtupleFormat, check: FormatCheck, *, is_data: bool
) -> Iterator[str]:
    yield str(source)
    kind = "data" if is_data else "simulation"
    yield f"tree {check.tree}: {check.entries} entries, {check.n_branches} branches"
    unit = settings.energy_unit
    yield f"tried on the first {check.tried} entries, as {kind}, with momenta in {unit}"


def _describe_choices(settings: NtupleFormat, check: FormatCheck) -> Iterator[str]:
    if not settings.alternatives:
        return
    yield from ("", "alternatives")
    rows = []
    for name, options in settings.alternatives.items():
        chosen = check.choices[name]
        rank = "none fits" if chosen is None else f"{options.index(chosen) + 1} of {len(options)}"
        rows.append((name, rank, _shorten(chosen or "")))
    yield from _align(rows)


def _describe_values(outcomes: Mapping[str, Outcome]) -> Iterator[str]:
    groups: dict[str, list[tuple[str, str, Outcome]]] = {}
    for name, outcome in outcomes.items():
        if outcome.values is not None and not name.startswith("where "):
            group, shown = _name_group(name)
            groups.setdefault(group, []).append((shown, name, outcome))
    for group, members in groups.items():
        yield from ("", group)
        header = ("", "expression", "min", "median", "max", "first events")
        rows = [(shown, *_describe_column(one)) for shown, _, one in members]
        yield from _align([header, *rows])


def _name_group(name: str) -> tuple[str, str]:
    """Name the section of the report that an expression belongs to, and its name there."""
    if name.startswith(IN_FILE):
        return "in_file", name.removeprefix(IN_FILE)
    if name.startswith(SHIFT):
        return "shifts", name.removeprefix(SHIFT)
    if name.startswith(VARIABLE):
        return "variables", name.removeprefix(VARIABLE)
    if "." in name:
        collection, key = name.split(".")
        return f"collection {collection}", key
    return "event", name


def _describe_column(outcome: Outcome) -> tuple[str, str, str, str, str]:
    values = outcome.values
    content = np.asarray(values.content if isinstance(values, Jagged) else values)
    numbers = content[np.isfinite(content)] * 1  # true is 1
    text = _shorten(outcome.text)
    shown = _show_first(values)
    if not numbers.size:
        return text, "-", "-", "-", shown
    middle = np.median(numbers)
    if numbers.dtype.kind in "ui":
        middle = np.int64(middle)
    return text, _write(numbers.min()), _write(middle), _write(numbers.max()), shown


def _show_first(values: Values) -> str:
    shown = []
    for row in range(min(EVENTS_SHOWN, len(values))):
        if not isinstance(values, Jagged):
            shown.append(_write(values[row]))
            continue
        members = values.content[values.offsets[row] : values.offsets[row + 1]]
        some = [_write(number) for number in members[:NUMBERS_SHOWN]]
        shown.append(f"[{', '.join(some)}{', ...' if len(members) > NUMBERS_SHOWN else ''}]")
    return " ".join(shown)


def _write(number: np.generic | float) -> str:
    value = np.asarray(number)
    return str(value) if value.dtype.kind in "bui" else f"{float(value):.4g}"


def _describe_objects(settings: NtupleFormat, check: FormatCheck) -> Iterator[str]:
    values = {name: outcome.values for name, outcome in check.outcomes.items()}
    known = {name: value for name, value in values.items() if value is not None}
    counted = count_objects(settings, known)
    if not counted or not check.tried:
        return
    yield from ("", "objects")
    rows = [("", "events with", "mean", "most", "where")]
    for name, counts in counted.items():
        events = f"{np.count_nonzero(counts)} of {check.tried}"
        where = settings.objects[name].where
        rows.append((name, events, f"{counts.mean():.3g}", str(counts.max()), _shorten(where)))
    yield from _align(rows)


def _describe_trigger(check: FormatCheck) -> Iterator[str]:
    if check.triggered is not None and check.triggered[1]:
        passed, events = check.triggered
        yield from ("", "trigger")
        yield f"{BLANKS}passed by {passed} of {events} events ({passed / events:.1%})"


def _describe_weights(weights: RowTrial | None) -> Iterator[str]:
    if weights is not None and weights.problem is None:
        yield from ("", f"weights of the sample {weights.sample}, of this file alone")
        yield from _align([*weights.describe()])


def _describe_problems(
    problems: Mapping[str, str], missing: Mapping[str, Sequence[str]], settings: NtupleFormat
) -> Iterator[str]:
    if missing:
        yield from ("", "branches that the file does not have")
        yield from _align([(name, _advise(name, near, settings)) for name, near in missing.items()])
    if problems:
        yield from ("", "expressions that cannot be computed")
        yield from _align(
            [(name.replace("where ", "object ", 1), problem) for name, problem in problems.items()]
        )


def _advise(name: str, near: Sequence[str], settings: NtupleFormat) -> str:
    """Tell what may have been meant by the name of a branch that is missing."""
    for owner, collection in settings.collections.items():
        if name in collection.attributes:
            return (
                f"an attribute of the collection {owner}, for event variables alone: where and "
                "weights take branches and aliases; write an alias"
            )
    return f"nearest: {', '.join(near)}" if near else "none has a similar name"


def _describe_doubts(doubts: Sequence[Doubt]) -> Iterator[str]:
    faults = [doubt.text for doubt in doubts if doubt.is_fault]
    others = [doubt.text for doubt in doubts if not doubt.is_fault]
    for title, texts in (
        ("cannot be right", faults),
        ("can be right, but look", others),
    ):
        if texts:
            yield from ("", title)
            yield from (BLANKS + text for text in texts)


def _judge(problems: int, faults: int, remarks: int) -> str:
    noted = f"; {_count(remarks, 'remark')}" if remarks else ""
    if not problems and not faults:
        return f"The format fits this file{noted}."
    return (
        f"The format does NOT fit this file: {_count(problems, 'expression')} cannot be computed, "
        f"{_count(faults, 'fault')}{noted}."
    )


def _count(number: int, what: str) -> str:
    return f"{number} {what}" if number == 1 else f"{number} {what}s"


def _shorten(text: str) -> str:
    return text if len(text) <= LONGEST_TEXT else f"{text[: LONGEST_TEXT - 4]} ..."


def _align(rows: Sequence[Sequence[str]]) -> Iterator[str]:
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    for row in rows:
        cells = (cell.ljust(width) for cell, width in zip(row, widths, strict=True))
        yield (BLANKS + BLANKS.join(cells)).rstrip()


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Say what the command takes."""
    parser.add_argument("format", type=Path, help="an ntuple format, config/ntuples/<name>.yaml")
    parser.add_argument("file", help="a ROOT file: a path or an address")
    parser.add_argument("--data", action="store_true", help="the file holds collision data")
    parser.add_argument("--sheet", type=Path, help="sample sheet, for the weights of a sample")
    parser.add_argument("--sample", help="the sample of the sheet that the file is of")
    parser.add_argument("--events", type=int, default=1000, help="entries to look at (1000)")
    parser.add_argument(
        "--sqrt-s", type=float, default=SQRT_S, help="centre-of-mass energy in GeV (13000)"
    )
    parser.add_argument("--objects", nargs="+", help="objects of the format to look at (all)")


def run(chosen: argparse.Namespace) -> int:
    """Run the command.

    Parameters
    ----------
    chosen
        Its arguments.

    Returns
    -------
    int
        0 if the format fits the file, 1 if not.

    Raises
    ------
    ConfigError
        If the format itself or the sheet is wrong.
    """
    if chosen.events < 1:
        chosen.parser.error("--events must be at least 1")
    if not chosen.sqrt_s > 0:
        chosen.parser.error("--sqrt-s must be above 0")
    if (chosen.sheet is None) != (chosen.sample is None):
        chosen.parser.error("--sheet and --sample go together")
    settings = read_format(chosen.format)
    row = None if chosen.sheet is None else read_sample(chosen.sheet, chosen.sample)
    if row is not None and row.format != chosen.format.stem:
        raise ConfigError(f"sample {row.sample} has the format {row.format} in {chosen.sheet}")
    try:
        report, fits = inspect_file(
            settings,
            Source(chosen.file),
            is_data=chosen.data if row is None else row.is_data,
            entries=chosen.events,
            objects=chosen.objects,
            row=row,
            sqrt_s=chosen.sqrt_s,
        )
    except ValueError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    sys.stdout.write(report)
    return 0 if fits else 1
