"""What systematic variations do to yields and histograms.

A variation is the same simulated events with other momenta or weights, scored by the same networks.
The cuts are the nominal ones, and an event is in the same half as its nominal self, as both follow
from its identity.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from rapidmass.config.search.scan import Axis, ScanSettings
from rapidmass.scores.read import ScoredEvents
from rapidmass.search.crossed_cuts import FoldedSums
from rapidmass.search.cuts import Sums, sum_all
from rapidmass.search.folds import HalvedEvents, sum_halves
from rapidmass.search.histograms import SCORE, compare_bins, fill_histogram
from rapidmass.search.shift_effects import Effect, compare_yields, describe_differences

KINDS = ("background", "signal")


class ShiftedEvents(NamedTuple):
    """Events of a systematic variation.

    Parameters
    ----------
    name
        Name of the shift.
    source
        What is uncertain: of several shifts of one source the larger counts.
    background, signal
        Scored events, with weights as the nominal ones.
    """

    name: str
    source: str
    background: ScoredEvents
    signal: ScoredEvents


class ShiftedCut(NamedTuple):
    """What a variation does behind one cut on the score.

    Parameters
    ----------
    name, source
        The variation.
    total
        Yields, shape (1,).
    sums
        The same by halves, above each cut on MET.
    effects
        On the yields, by kind.
    bins
        Shifted minus nominal events in each bin, by variable and kind; also of the score.
    """

    name: str
    source: str
    total: Sums
    sums: FoldedSums
    effects: Mapping[str, Effect]
    bins: Mapping[str, Mapping[str, NDArray[np.float64]]]


def scan_shifts(
    shifts: Iterable[ShiftedEvents],
    nominal: tuple[HalvedEvents, HalvedEvents],
    thresholds: Sequence[NDArray[np.float64]],
    settings: ScanSettings,
    spectra: Sequence[str],
) -> list[list[ShiftedCut]]:
    """Measure what systematic variations do behind cuts on the score.

    Parameters
    ----------
    shifts
        The variations; one after the other is held in memory.
    nominal
        Background and signal.
    thresholds
        Of each cut, chosen on the first and on the second half of the nominal background.
    settings
        Axes.
    spectra
        Variables whose distributions are kept.

    Returns
    -------
    list of list of ShiftedCut
        For each cut the variations by name: their order changes nothing.
    """
    found = []
    for shift in shifts:
        pair = shift.background.break_ties(), shift.signal.break_ties()
        halved = HalvedEvents.make(pair[0]), HalvedEvents.make(pair[1])
        cuts = [
            _compare_cut(shift, halved, nominal, pair, settings, spectra) for pair in thresholds
        ]
        found.append(cuts)
    found.sort(key=lambda cuts: cuts[0].name)
    return [[cuts[place] for cuts in found] for place in range(len(thresholds))]


def _compare_cut(
    shift: ShiftedEvents,
    halved: tuple[HalvedEvents, HalvedEvents],
    nominal: tuple[HalvedEvents, HalvedEvents],
    thresholds: NDArray[np.float64],
    settings: ScanSettings,
    spectra: Sequence[str],
) -> ShiftedCut:
    old = [some.events.select(some.cross(thresholds)) for some in nominal]
    new = [some.events.select(some.cross(thresholds)) for some in halved]
    pairs = dict(zip(KINDS, zip(old, new, strict=True), strict=True))
    return ShiftedCut(
        shift.name,
        shift.source,
        sum_all(new[0], new[1]),
        sum_halves(*halved, thresholds, settings.met),
        {kind: compare_yields(*pair) for kind, pair in pairs.items()},
        {
            name: {
                kind: compare_bins(settings.get_axis(name), name, *pair)
                for kind, pair in pairs.items()
            }
            for name in (*spectra, SCORE)
        },
    )


def attach_shifts(nominal: FoldedSums, shifts: Sequence[ShiftedCut]) -> FoldedSums:
    """Attach the sums of systematic variations to the nominal ones.

    Parameters
    ----------
    nominal
        Behind one cut on the score.
    shifts
        Behind the same cut, of each variation.

    Returns
    -------
    FoldedSums
        The nominal ones, with the others in them.
    """
    own, crossed = (
        tuple(
            sums._replace(shifted=tuple(shift.sums[place][half] for shift in shifts))
            for half, sums in enumerate(pair)
        )
        for place, pair in enumerate(nominal)
    )
    return FoldedSums((own[0], own[1]), (crossed[0], crossed[1]))


def describe_cut(cut: Mapping[str, Any], met: Sums, shifts: Sequence[ShiftedCut]) -> dict[str, Any]:
    """Add to a cut on the score what systematic variations do behind it.

    Parameters
    ----------
    cut
        Its yields, significances and spectra.
    met
        Yields above each cut on MET, with those of the variations.
    shifts
        The variations.

    Returns
    -------
    dict
        The cut with `systematics`: for `background` and `signal` the relative effect of each shift
        with its statistical uncertainty, and the combined `total`. Each spectrum gets the same for
        its bins, see `describe_bins`, and `met_scan` the relative effects on each MET cut.
    """
    signal, background = met.relate_shifts()
    curves = {
        shift.name: {kind: _list_finite(values) for kind, values in zip(KINDS, pair, strict=True)}
        for shift, *pair in zip(shifts, background, signal, strict=True)
    }
    systematics = {
        kind: {
            "shifts": {shift.name: shift.effects[kind]._asdict() for shift in shifts},
            "total": cut["significance"][f"{kind[0]}_systematic"],
        }
        for kind in KINDS
    }
    spectra = {
        name: {**spectrum, "systematics": describe_bins(shifts, name)}
        for name, spectrum in cut["spectra"].items()
    }
    met_scan = {**cut["met_scan"], "shifts": curves}
    return {**cut, "systematics": systematics, "spectra": spectra, "met_scan": met_scan}


def _list_finite(values: NDArray[np.float64]) -> list[float | None]:
    return [float(value) if np.isfinite(value) else None for value in values]


def describe_bins(shifts: Sequence[ShiftedCut], variable: str) -> dict[str, Any]:
    """Describe what systematic variations do to the bins of a histogram.

    Parameters
    ----------
    shifts
        The variations.
    variable
        What is in the bins.

    Returns
    -------
    dict
        For `background` and `signal`, as from
        `rapidmass.search.shift_effects.describe_differences`.
    """
    sources = {shift.name: shift.source for shift in shifts}
    return {
        kind: describe_differences(
            {shift.name: shift.bins[variable][kind] for shift in shifts}, sources
        )
        for kind in KINDS
    }


def describe_scores(
    background: ScoredEvents, signal: ScoredEvents, shifts: Sequence[ShiftedCut], axis: Axis
) -> dict[str, Any]:
    """Describe what systematic variations do to the score, before any cut.

    Parameters
    ----------
    background, signal
        Nominal events.
    shifts
        The variations without a cut.
    axis
        Bins of the score.

    Returns
    -------
    dict
        `shifts`: the source of each. `score`: `edges`, for each kind `values` and `variances`, and
        `systematics` as from `describe_bins`.
    """
    pair = zip(KINDS, (background, signal), strict=True)
    contents = {kind: fill_histogram(axis, some.score, some.weight) for kind, some in pair}
    systematics = describe_bins(shifts, SCORE)
    return {
        "shifts": {shift.name: shift.source for shift in shifts},
        "score": {"edges": axis.edges.tolist(), **contents, "systematics": systematics},
    }
