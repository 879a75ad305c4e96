"""What systematic variations do to yields and histograms.

A variation is the same simulated events with other momenta or weights, scored by the same networks.
The cuts are the nominal ones, and an event is in the same half as its nominal self, as both follow
from its identity.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import partial
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from rapidmass.config.search.scan import Axis, ScanSettings
from rapidmass.scores.ordered import order, order_events
from rapidmass.scores.read import ScoredEvents
from rapidmass.search.crossed_cuts import FoldedSums
from rapidmass.search.cuts import Sums, sum_all
from rapidmass.search.folds import HalvedEvents, sum_halves
from rapidmass.search.histograms import SCORE, compare_bins, fill_pieces
from rapidmass.search.shift_effects import Effect, compare_pieces, describe_differences

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


class OrderedShift(NamedTuple):
    """Events of a systematic variation, the background in pieces.

    Parameters
    ----------
    name, source, signal
        As of `ShiftedEvents`.
    background
        Pieces in the order of their scores.
    """

    name: str
    source: str
    background: Sequence[ScoredEvents]
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
    shifts: Iterable[ShiftedEvents | OrderedShift],
    nominal: tuple[Sequence[ScoredEvents], ScoredEvents],
    thresholds: Sequence[NDArray[np.float64]],
    settings: ScanSettings,
    spectra: Sequence[str],
) -> list[list[ShiftedCut]]:
    """Measure what systematic variations do behind cuts on the score.

    Parameters
    ----------
    shifts
        The variations, one after the other.
    nominal
        Background in pieces, and signal.
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
    old = nominal[0], [nominal[1]]
    found = []
    for shift in shifts:
        new = order(shift.background), order_events(shift.signal)
        names = shift.name, shift.source
        found.append(
            [_compare_cut(names, old, new, pair, settings, spectra) for pair in thresholds]
        )
    found.sort(key=lambda cuts: cuts[0].name)
    return [[cuts[place] for cuts in found] for place in range(len(thresholds))]


_Pair = tuple[Sequence[ScoredEvents], Sequence[ScoredEvents]]  # of background and signal


def _compare_cut(
    names: tuple[str, str],
    old: _Pair,
    new: _Pair,
    thresholds: NDArray[np.float64],
    settings: ScanSettings,
    spectra: Sequence[str],
) -> ShiftedCut:
    pairs = {
        kind: [partial(_pass, some, thresholds) for some in pair]
        for kind, pair in zip(KINDS, zip(old, new, strict=True), strict=True)
    }
    return ShiftedCut(
        *names,
        *_sum_passing(new, thresholds, settings.met),
        {kind: compare_pieces(*pair) for kind, pair in pairs.items()},
        {
            name: {
                kind: compare_bins(settings.get_axis(name), name, before(), after())
                for kind, (before, after) in pairs.items()
            }
            for name in (*spectra, SCORE)
        },
    )


def _pass(
    pieces: Sequence[ScoredEvents], thresholds: NDArray[np.float64]
) -> Iterator[ScoredEvents]:
    """Give what passes a cut of each piece."""
    for events in pieces:
        yield events.select(HalvedEvents.make(events).cross(thresholds))


def _sum_passing(
    pair: _Pair, thresholds: NDArray[np.float64], axis: Axis
) -> tuple[Sums, FoldedSums]:
    """Sum what passes a cut, and that by halves above each cut on MET."""
    total: Sums | None = None
    folded: FoldedSums | None = None
    (signal,) = pair[1]
    for events in pair[0]:
        halved = HalvedEvents.make(events), HalvedEvents.make(signal)
        passing = [some.events.weight[some.cross(thresholds)] for some in halved]
        more = sum_all(passing[0], passing[1]), sum_halves(*halved, thresholds, axis)
        total = more[0] if total is None else total.add(more[0])
        folded = more[1] if folded is None else folded.add(more[1])
        # the signal counts once
        signal = signal.select(np.empty(0, np.intp))
    assert total is not None
    assert folded is not None
    return total, folded


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
    background: Sequence[ScoredEvents],
    signal: ScoredEvents,
    shifts: Sequence[ShiftedCut],
    axis: Axis,
) -> dict[str, Any]:
    """Describe what systematic variations do to the score, before any cut.

    Parameters
    ----------
    background, signal
        Nominal events, those of the background in pieces.
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
    pair = zip(KINDS, (background, [signal]), strict=True)
    contents = {kind: fill_pieces(axis, SCORE, some) for kind, some in pair}
    systematics = describe_bins(shifts, SCORE)
    return {
        "shifts": {shift.name: shift.source for shift in shifts},
        "score": {"edges": axis.edges.tolist(), **contents, "systematics": systematics},
    }
