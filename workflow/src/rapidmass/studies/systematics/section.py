"""Systematic variations in words and tables."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from rapidmass.report.formatting import (
    Table,
    join_words,
    write_cut,
    write_measurement,
    write_number,
)
from rapidmass.report.prose import Prose
from rapidmass.report.sections import Figure, Section


def name_shifts(scorer: str) -> str:
    """Name the figure of the variations of a score, without suffix."""
    return f"shifts_{scorer}"


def describe_systematics(
    folder: Path,
    scans: Mapping[str, Mapping[str, Mapping[str, Any]]],
    known: Mapping[str, Sequence[str]],
    drawn: Sequence[str],
) -> Section:
    """Describe the systematic variations of one selection.

    Parameters
    ----------
    folder
        Where the figures are.
    scans
        By score and signal, from `rapidmass.search.scan.scan_cuts`, with shifts; at least one.
    known
        The samples that each variation changes.
    drawn
        Scores with a figure.

    Returns
    -------
    Section
        With a table of the variations, one of their effects, and figures.
    """
    first = next(iter(next(iter(scans.values())).values()))
    prose = Prose("systematics")
    variations = Table(
        ("Variation", "Source", "Samples that it changes"),
        [[name, source, join_words(known[name])] for name, source in first["shifts"].items()],
        words=3,
    )
    return Section(
        "systematics",
        "Systematic variations",
        text=prose.list_paragraphs("text"),
        tables=(variations, _tabulate_effects(scans, prose)),
        figures=tuple(
            Figure(
                folder / f"{name_shifts(scorer)}.png",
                f"Systematic variations of the score {scorer}",
                prose.write("figure"),
            )
            for scorer in drawn
        ),
    )


def _tabulate_effects(scans: Mapping[str, Mapping[str, Mapping[str, Any]]], prose: Prose) -> Table:
    signals = list(next(iter(scans.values())))
    rows: list[list[str]] = []
    marked = []
    for scorer, by_signal in scans.items():
        for cuts in zip(*(by_signal[signal]["cuts"] for signal in signals), strict=True):
            if cuts[0]["quantile"] == 0 and rows:
                continue  # without a cut all scores leave the same events
            score = "any" if cuts[0]["quantile"] == 0 else scorer
            words = [score, write_cut(cuts[0]["quantile"])]
            effects = [cuts[0]["systematics"]["background"]]
            effects += [cut["systematics"]["signal"] for cut in cuts]
            rows += [
                [*words, name, *(_write_effect(effect["shifts"][name]) for effect in effects)]
                for name in effects[0]["shifts"]
            ]
            marked.append(len(rows))
            rows.append([*words, "all", *(_write_share(effect["total"]) for effect in effects)])
    columns = ("Score", "Cut", "Variation", "Background [%]", *(f"{name} [%]" for name in signals))
    note = prose.write("effects")
    return Table(columns, rows, words=3, marked=frozenset(marked), note=note)


def _write_effect(effect: Mapping[str, float | None]) -> str:
    relative, uncertainty = effect["relative"], effect["uncertainty"]
    if relative is None or uncertainty is None:
        return write_number(None)
    # rounding leaves changes and uncertainties of nothing but 1e-16
    relative, uncertainty = round(100 * relative, 9), round(100 * uncertainty, 9)
    return write_measurement(relative, uncertainty)


def _write_share(total: float | None) -> str:
    return write_number(total and 100 * total)
