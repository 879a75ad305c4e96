"""The spread over seeds in words and tables."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from rapidmass.report.formatting import (
    UNDEFINED,
    Table,
    write_measurement,
    write_number,
    write_setting,
    write_share,
)
from rapidmass.report.prose import Prose
from rapidmass.report.sections import Figure, Section


def name_bands(scorer: str) -> str:
    """Name the figure of a score's distribution, without suffix."""
    return f"scores_{scorer}"


def name_curves(scorer: str) -> str:
    """Name the figure of a score's efficiencies, without suffix."""
    return f"efficiencies_{scorer}"


def describe_replicas(folder: Path, scorers: Mapping[str, Mapping[str, Any]]) -> Section:
    """Describe how results spread over seeds in one selection.

    Parameters
    ----------
    folder
        Where the figures are.
    scorers
        For each score what `rapidmass.studies.seeds.measure.measure_seeds` gives; at least one.

    Returns
    -------
    Section
        With two figures a score.
    """
    first = next(iter(scorers.values()))
    number = first["replicas"]
    relative = 100 / (2 * (number - 1)) ** 0.5
    share = f"{write_setting(100 * first['overlap_share'])} %"
    prose = Prose("seeds", number=number, relative=relative, share=share)
    return Section(
        "replicas",
        "Other seeds",
        text=prose.list_paragraphs("text"),
        tables=(
            _tabulate_metrics(scorers, prose),
            _tabulate_ranges(scorers),
            _tabulate_overlap(scorers, prose),
        ),
        figures=tuple(figure for name in scorers for figure in _list_figures(folder, name, prose)),
    )


def _list_figures(folder: Path, scorer: str, prose: Prose) -> Iterator[Figure]:
    yield Figure(
        folder / f"{name_bands(scorer)}.png",
        f"Scores by {scorer} over seeds",
        prose.write("bands", scorer),
    )
    yield Figure(
        folder / f"{name_curves(scorer)}.png",
        f"Efficiencies of {scorer} over seeds",
        prose.write("curves", scorer),
    )


def _list_metrics(scorers: Mapping[str, Mapping[str, Any]]) -> list[str]:
    signals = next(iter(scorers.values()))["signals"]
    return list(next(iter(signals.values()))["metrics"])


def _name_metric(metric: str) -> str:
    if metric.startswith("efficiency_"):
        share = write_setting(100 * float(metric.removeprefix("efficiency_")))
        return f"Efficiency at {share} % of the background"
    return {"auc": "AUC", "best_z": "Best Z"}[metric]


def _tabulate_metrics(scorers: Mapping[str, Mapping[str, Any]], prose: Prose) -> Table:
    metrics = _list_metrics(scorers)
    rows = [
        [scorer, signal, *(_write_metric(found["metrics"][metric]) for metric in metrics)]
        for scorer, measured in scorers.items()
        for signal, found in measured["signals"].items()
    ]
    note = prose.write("metrics")
    return Table(("Score", "Signal", *map(_name_metric, metrics)), rows, words=2, note=note)


def _write_metric(summary: Mapping[str, Any]) -> str:
    if summary["mean"] is None:
        return UNDEFINED
    defined = sum(value is not None for value in summary["values"])
    total = len(summary["values"])
    note = "" if defined == total else f" ({defined} of {total})"
    return write_measurement(summary["mean"], summary["uncertainty"], summary["spread"]) + note


def _tabulate_ranges(scorers: Mapping[str, Mapping[str, Any]]) -> Table:
    metrics = _list_metrics(scorers)
    rows = [
        [scorer, signal, *(_write_range(found["metrics"][metric]) for metric in metrics)]
        for scorer, measured in scorers.items()
        for signal, found in measured["signals"].items()
    ]
    note = "Lowest and highest of all trainings."
    return Table(("Score", "Signal", *map(_name_metric, metrics)), rows, words=2, note=note)


def _write_range(summary: Mapping[str, Any]) -> str:
    if summary["low"] is None:
        return UNDEFINED
    return f"{write_number(summary['low'])} to {write_number(summary['high'])}"


def _tabulate_overlap(scorers: Mapping[str, Mapping[str, Any]], prose: Prose) -> Table:
    rows = [[scorer, *_write_overlap(measured["overlap"])] for scorer, measured in scorers.items()]
    note = prose.write("overlap")
    columns: Sequence[str] = ("Score", "Mean overlap", "Lowest", "Highest")
    return Table(columns, rows, note=note)


def _write_overlap(summary: Mapping[str, Any]) -> Iterator[str]:
    # two trainings are one pair: its value has no spread
    values = [value for value in summary["values"] if value is not None]
    for pick in (lambda v: sum(v) / len(v), min, max):
        yield write_share(pick(values)) if values else UNDEFINED
