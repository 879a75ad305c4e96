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
from rapidmass.report.sections import Figure, Section

METHOD = (
    "A variation is the same simulated events with other momenta or weights, as the ntuple formats "
    "define it. They pass the selection anew, and are scored by the networks that were trained on "
    "nominal events. The cuts on the score are the nominal ones; an event is in the test set, and "
    "in the half that a cut is applied to, whenever its nominal self is, as both follow from its "
    "identity. Samples that a variation does not change keep their nominal events."
)
COMBINATION = (
    "Of several variations of one source, such as up and down, the larger change counts, in "
    "whichever direction; sources are added in quadrature. This is done behind each cut and in "
    "each bin by itself. The sum for the background is added in quadrature to the stated "
    "uncertainty of the background in all significances with uncertain background, also where "
    "these choose cuts, and to the statistical uncertainty in the hatched bands of scores and "
    "spectra. The change of the signal is given here, and enters no significance."
)
PRECISION = (
    "± is the statistical uncertainty of a change. Nominal and shifted yields share their events, "
    "and so fluctuate together: the uncertainty is computed event by event, from the differences "
    "between the weight of an event after the shift and its nominal weight times the ratio of the "
    "yields (0 where it does not pass), so that only events that move across a cut, or whose "
    "weight changes unlike that of the others, contribute. Changes that are small against it say "
    "little, but count in full: they make uncertainties larger, not smaller."
)
LIMITS = (
    "Expected limits, where they are computed, know the variations as one normalisation of the "
    "background behind their cut on the score, added in quadrature to the stated uncertainty; how "
    "they change shapes, and the signal, is not in the fits. The comparison with data and the "
    "blind test, where they are done, know them bin by bin; the studies of networks do not know "
    "them."
)
CAPTION = (
    "Change of the background in bins of the score, relative to the nominal content, by each "
    "variation. Dashed: all of them, combined. Hatched: statistical uncertainty of the nominal "
    "content, which says how empty a bin is; changes are more precise than that, as they share "
    "events with it. Bins with fewer than ten effective events are left out."
)


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
    variations = Table(
        ("Variation", "Source", "Samples that it changes"),
        [[name, source, join_words(known[name])] for name, source in first["shifts"].items()],
        words=3,
    )
    return Section(
        "systematics",
        "Systematic variations",
        text=(METHOD, COMBINATION, PRECISION, LIMITS),
        tables=(variations, _tabulate_effects(scans)),
        figures=tuple(
            Figure(
                folder / f"{name_shifts(scorer)}.png",
                f"Systematic variations of the score {scorer}",
                CAPTION,
            )
            for scorer in drawn
        ),
    )


def _tabulate_effects(scans: Mapping[str, Mapping[str, Mapping[str, Any]]]) -> Table:
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
    note = (
        "Change of the yields behind a cut on the score, with no cut on MET. All: combined. Those "
        "behind each cut on MET, and of each bin, are in the files scans/*/*.json."
    )
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
