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
from rapidmass.report.sections import Figure, Section

METHOD = (
    "Each network was trained {number} times on the same events. The trainings differ in their "
    "seeds alone: initial weights, order of the events, and noise where a network draws any. What "
    "differs between them is luck, and a difference between two networks, or between cuts, that is "
    "not larger than this spread says nothing about them."
)
READING = (
    "Mean over the trainings, then the statistical uncertainty that the simulated samples give to "
    "one of them (the same events in all, so it does not shrink with more trainings), then the "
    "standard deviation of a training. The latter is itself uncertain by about {relative:.0f} % "
    "with {number} trainings. The results elsewhere in this report are those of the first training."
)
BEST = (
    "Best Z: the largest expected significance of all cuts on score and MET, found anew for each "
    "training. An optimum over noisy numbers is biased upwards, in every training alike."
)


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
    number = next(iter(scorers.values()))["replicas"]
    relative = 100 / (2 * (number - 1)) ** 0.5
    return Section(
        "replicas",
        "Other seeds",
        text=(
            METHOD.format(number=number),
            READING.format(number=number, relative=relative),
            BEST,
        ),
        tables=(_tabulate_metrics(scorers), _tabulate_ranges(scorers), _tabulate_overlap(scorers)),
        figures=tuple(figure for name in scorers for figure in _list_figures(folder, name)),
    )


def _list_figures(folder: Path, scorer: str) -> Iterator[Figure]:
    bands = "Dark band: standard deviation over the trainings, light band: lowest to highest."
    yield Figure(
        folder / f"{name_bands(scorer)}.png",
        f"Scores by {scorer} over seeds",
        f"Normalised distribution of the score {scorer}. {bands} A score is measured in units of "
        "its own network, so a shift of all distributions together changes no quantile and no "
        "result.",
    )
    yield Figure(
        folder / f"{name_curves(scorer)}.png",
        f"Efficiencies of {scorer} over seeds",
        f"Signal efficiency behind a cut on {scorer} against background efficiency. {bands} Curves "
        "begin where enough effective background events pass.",
    )


def _list_metrics(scorers: Mapping[str, Mapping[str, Any]]) -> list[str]:
    signals = next(iter(scorers.values()))["signals"]
    return list(next(iter(signals.values()))["metrics"])


def _name_metric(metric: str) -> str:
    if metric.startswith("efficiency_"):
        share = write_setting(100 * float(metric.removeprefix("efficiency_")))
        return f"Efficiency at {share} % of the background"
    return {"auc": "AUC", "best_z": "Best Z"}[metric]


def _tabulate_metrics(scorers: Mapping[str, Mapping[str, Any]]) -> Table:
    metrics = _list_metrics(scorers)
    rows = [
        [scorer, signal, *(_write_metric(found["metrics"][metric]) for metric in metrics)]
        for scorer, measured in scorers.items()
        for signal, found in measured["signals"].items()
    ]
    note = (
        "Mean ± statistical uncertainty ± standard deviation over seeds. Efficiency: share of the "
        "signal above the cut that the given share of the background passes. In brackets: how many "
        "of the trainings have a defined value, where not all do."
    )
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


def _tabulate_overlap(scorers: Mapping[str, Mapping[str, Any]]) -> Table:
    rows = [[scorer, *_write_overlap(measured["overlap"])] for scorer, measured in scorers.items()]
    share = f"{write_setting(100 * next(iter(scorers.values()))['overlap_share'])} %"
    note = (
        f"Share of the most anomalous {share} of the background (by absolute weight) that two "
        "trainings have in common, over all pairs. Events drawn at random would have "
        f"{share} in common."
    )
    columns: Sequence[str] = ("Score", "Mean overlap", "Lowest", "Highest")
    return Table(columns, rows, note=note)


def _write_overlap(summary: Mapping[str, Any]) -> Iterator[str]:
    # two trainings are one pair: its value has no spread
    values = [value for value in summary["values"] if value is not None]
    for pick in (lambda v: sum(v) / len(v), min, max):
        yield write_share(pick(values)) if values else UNDEFINED
