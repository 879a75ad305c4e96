"""Cuts on the anomaly score, and the search in missing transverse momentum behind each of them.

The cuts on the score are quantiles of the weighted background, so they know nothing of any signal.
Each half of the events passes the cuts that were chosen on the other half. Background comes from
the test set, scaled up by one over its share; signals come whole.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rapidmass.config.search.scan import ScanSettings
from rapidmass.scores.halves import find_halves_thresholds
from rapidmass.scores.ordered import order, order_events
from rapidmass.scores.read import ScoredEvents
from rapidmass.search.bootstrap import Replicas
from rapidmass.search.crossed_cuts import FoldedSums, cross_fit
from rapidmass.search.cuts import list_significances
from rapidmass.search.folds import HalvedEvents, Predictors
from rapidmass.search.passing import Passed
from rapidmass.search.systematics import (
    OrderedShift,
    ShiftedCut,
    ShiftedEvents,
    attach_shifts,
    describe_cut,
    describe_scores,
    scan_shifts,
)
from rapidmass.statistics.roc import CURVE, EFFICIENCIES, RocCurve


def scan_cuts(
    background: ScoredEvents | Sequence[ScoredEvents],
    signal: ScoredEvents,
    settings: ScanSettings,
    *,
    channels: Sequence[str],
    spectra: Sequence[str],
    shifts: Iterable[ShiftedEvents | OrderedShift] = (),
) -> dict[str, Any]:
    """Compute what every cut on the score leaves, and how significant the signal is behind it.

    Parameters
    ----------
    background
        Scored events; or pieces of them in the order of their scores, as from
        `rapidmass.scores.ordered.open_ordered`, of which one is held in memory at a time.
    signal
        Scored events.
    settings
        Cuts, axes and the uncertainty of the background.
    channels
        Names of the background channels.
    spectra
        Variables whose distributions are kept.
    shifts
        Systematic variations of the background and the signal. What they change adds to the
        uncertainty of the background.

    Returns
    -------
    dict
        `cuts`: a list, the first entry without a cut (`quantile` 0), each with `thresholds` (of
        the two halves) and `threshold` (their mean; both None without a cut), `removed` (the
        achieved share), `background`,
        `signal` and `channels` (yields), `significance` (with no cut on MET), `spectra`,
        `met_scan` (a significance for each MET cut) and `best`: what a MET cut that is chosen on
        one half gives on the other, see `rapidmass.search.crossed_cuts.cross_fit`. `best`: the
        same, if the cut on the score is chosen together with it, with `quantiles` and
        `thresholds` (None where no significance is defined). `roc`: how well the score
        separates, before any cut. `bootstrap`: the same in replicas, see
        `rapidmass.search.bootstrap`. With shifts also `shifts` (the source of each) and `score`
        (bins of the score before any cut), and `systematics` of each cut, spectrum and of the
        score, see `rapidmass.search.systematics`; in `met_scan` the relative effect of each on each
        MET cut, as `shifts`.

    Raises
    ------
    ValueError
        If a half of the background has no events, or no positive weight.
    """
    quantiles = sorted({0.0, *settings.score_quantiles})
    pieces, (signal,) = order(background), order_events(signal)
    thresholds = find_halves_thresholds(pieces, quantiles).T
    passed = _measure_passed(pieces, signal, thresholds, settings, channels, spectra)
    predictors = Predictors(pieces, settings.met, thresholds)
    behind = scan_shifts(shifts, (pieces, signal), list(thresholds), settings, spectra)
    folded = [
        attach_shifts(predictors.attach(some.folded, place), cuts)
        for place, (some, cuts) in enumerate(zip(passed, behind, strict=True))
    ]
    total = passed[0].background.expected
    cuts = [
        {
            "quantile": quantile,
            **_describe_thresholds(pair),
            "removed": 1 - some.background.expected / total,
            **_describe_cut(some, predictors.predict_total(place), folded[place], settings, cuts),
        }
        for place, (quantile, pair, some, cuts) in enumerate(
            zip(quantiles, thresholds, passed, behind, strict=True)
        )
    ]
    sources = _list_sources(behind[0])
    scan = {
        "cuts": cuts,
        "best": _choose_score_cut(cuts[1:], folded[1:], settings, sources),
        "roc": measure_roc(pieces, signal, settings),
        "bootstrap": Replicas(pieces, signal, quantiles, folded, settings, sources).measure(),
    }
    if behind[0]:
        scan |= describe_scores(pieces, signal, behind[0], settings.score)
    return scan


def _list_sources(shifts: Sequence[ShiftedCut]) -> list[str]:
    return [shift.source for shift in shifts]


def _measure_passed(
    background: Sequence[ScoredEvents],
    signal: ScoredEvents,
    thresholds: NDArray[np.float64],
    settings: ScanSettings,
    channels: Sequence[str],
    spectra: Sequence[str],
) -> list[Passed]:
    """Measure what passes each cut."""
    found: list[Passed] = []
    with_signal = HalvedEvents.make(signal)
    for events in background:
        halved = HalvedEvents.make(events, channels)
        more = [Passed.measure(halved, with_signal, pair, settings, spectra) for pair in thresholds]
        found = [a.add(b) for a, b in zip(found, more, strict=True)] if found else more
        # the signal counts once
        with_signal = HalvedEvents.make(signal.select(np.empty(0, np.intp)))
    return found


def _describe_cut(
    passed: Passed,
    predicted: tuple[float, float],
    folded: FoldedSums,
    settings: ScanSettings,
    shifts: Sequence[ShiftedCut],
) -> dict[str, Any]:
    sources = _list_sources(shifts)
    mean, variance = (np.array([value]) for value in predicted)
    total = passed.total._replace(
        predicted=mean, predicted_variance=variance, shifted=tuple(shift.total for shift in shifts)
    )
    first, second = folded.crossed
    curve = first.add(second)
    met = settings.met.edges[:-1].tolist()
    best = cross_fit([folded], settings, sources)
    cut = {
        "background": passed.background.describe(),
        "signal": passed.signal.describe(),
        "significance": {k: v[0] for k, v in list_significances(total, settings, sources).items()},
        "channels": {name: some.describe() for name, some in passed.channels.items()},
        "spectra": {
            name: passed.describe_spectrum(name, settings.get_axis(name)) for name in passed.spectra
        },
        "met_scan": {"met": met, **list_significances(curve, settings, sources)},
        "best": best and {k: v for k, v in best.items() if k != "choices"},
    }
    return describe_cut(cut, curve, shifts) if shifts else cut


def _describe_thresholds(thresholds: NDArray[np.float64]) -> dict[str, Any]:
    if np.isinf(thresholds).any():
        return {"threshold": None, "thresholds": None}
    return {"threshold": float(thresholds.mean()), "thresholds": thresholds.tolist()}


def _choose_score_cut(
    cuts: Sequence[Mapping[str, Any]],
    folded: Sequence[FoldedSums],
    settings: ScanSettings,
    sources: Sequence[str],
) -> dict[str, Any] | None:
    best = cross_fit(folded, settings, sources)
    if best is None:
        return None
    choices = best.pop("choices")
    return {
        "quantiles": [cuts[choice]["quantile"] for choice in choices],
        "thresholds": [cuts[choice]["thresholds"][fold] for fold, choice in enumerate(choices)],
        **best,
    }


def measure_roc(
    background: Sequence[ScoredEvents], signal: ScoredEvents, settings: ScanSettings
) -> dict[str, Any] | None:
    """Measure how well the score separates a signal from background, whatever its cross section.

    Parameters
    ----------
    background
        Scored events, in pieces in the order of their scores.
    signal
        Scored events.
    settings
        The floor of effective background events.

    Returns
    -------
    dict or None
        `auc` (`value`, `uncertainty`), `efficiencies` (one entry a background efficiency) and
        `improvements` (the same, along a curve). None if the signal has no positive weight.
    """
    if not signal.weight.sum() > 0:
        return None
    curve = RocCurve.of_pieces(background, order_events(signal))
    floor = settings.minimum_effective_events
    return {
        "auc": curve.compute_auc()._asdict(),
        "efficiencies": [curve.compute_efficiency(e, floor)._asdict() for e in EFFICIENCIES],
        "improvements": [curve.compute_improvement(e, floor)._asdict() for e in CURVE],
    }
