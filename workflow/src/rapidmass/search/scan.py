"""Cuts on the anomaly score, and the search in missing transverse momentum behind each of them.

The cuts on the score are quantiles of the weighted background, so they know nothing of any signal.
Each half of the events passes the cuts that were chosen on the other half. Background comes from
the test set, scaled up by one over its share; signals come whole.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rapidmass.config.search.scan import Axis, ScanSettings
from rapidmass.scores.read import ScoredEvents
from rapidmass.search.bootstrap import Replicas
from rapidmass.search.crossed_cuts import FoldedSums, cross_fit
from rapidmass.search.cuts import list_significances, sum_all
from rapidmass.search.folds import HalvedEvents, Predictors, sum_halves
from rapidmass.search.histograms import fill_histogram
from rapidmass.search.systematics import (
    ShiftedCut,
    ShiftedEvents,
    attach_shifts,
    describe_cut,
    describe_scores,
    scan_shifts,
)
from rapidmass.statistics.folds import find_thresholds
from rapidmass.statistics.roc import CURVE, EFFICIENCIES, RocCurve
from rapidmass.statistics.weighted_events import count_effective


def scan_cuts(
    background: ScoredEvents,
    signal: ScoredEvents,
    settings: ScanSettings,
    *,
    channels: Sequence[str],
    spectra: Sequence[str],
    shifts: Iterable[ShiftedEvents] = (),
) -> dict[str, Any]:
    """Compute what every cut on the score leaves, and how significant the signal is behind it.

    Parameters
    ----------
    background, signal
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
    background, signal = background.break_ties(), signal.break_ties()
    samples = HalvedEvents.make(background, channels), HalvedEvents.make(signal)
    folds = samples[0].folds
    thresholds = find_thresholds(background.score, background.weight, folds, quantiles).T
    behind = scan_shifts(shifts, samples, list(thresholds), settings, spectra)
    predictors = Predictors(samples[0], settings.met)
    folded = [
        attach_shifts(sum_halves(*samples, pair, settings.met, predictors), cuts)
        for pair, cuts in zip(thresholds, behind, strict=True)
    ]
    cuts = [
        _scan_cut(samples, settings, predictors, *cut, spectra)
        for cut in zip(quantiles, thresholds, folded, behind, strict=True)
    ]
    scan = {
        "cuts": cuts,
        "best": _choose_score_cut(cuts[1:], folded[1:], settings, _list_sources(behind[0])),
        "roc": measure_roc(background, signal, settings),
        "bootstrap": Replicas(
            *samples, quantiles, folded, settings, _list_sources(behind[0])
        ).measure(),
    }
    if behind[0]:
        scan |= describe_scores(background, signal, behind[0], settings.score)
    return scan


def _list_sources(shifts: Sequence[ShiftedCut]) -> list[str]:
    return [shift.source for shift in shifts]


def _scan_cut(
    samples: tuple[HalvedEvents, HalvedEvents],
    settings: ScanSettings,
    predictors: Predictors,
    quantile: float,
    thresholds: NDArray[np.float64],
    folded: FoldedSums,
    shifts: Sequence[ShiftedCut],
    spectra: Sequence[str],
) -> dict[str, Any]:
    background, signal = samples
    passed = background.cross(thresholds), signal.cross(thresholds)
    chosen = background.events.select(passed[0]), signal.events.select(passed[1])
    predicted = predictors.all.predict_total(float(thresholds.mean()))
    total = sum_all(*chosen, predicted)._replace(shifted=tuple(shift.total for shift in shifts))
    sources = _list_sources(shifts)
    first, second = folded.crossed
    curve = first.add(second)
    met = settings.met.edges[:-1].tolist()
    best = cross_fit([folded], settings, sources)
    cut = {
        "quantile": quantile,
        **_describe_thresholds(thresholds),
        "removed": 1 - float(chosen[0].weight.sum() / background.events.weight.sum()),
        "background": _sum_yield(chosen[0].weight),
        "signal": _sum_yield(chosen[1].weight),
        "significance": {k: v[0] for k, v in list_significances(total, settings, sources).items()},
        "channels": {
            name: _sum_yield(background.events.weight[passed[0] & member])
            for name, member in background.members.items()
        },
        "spectra": {
            name: _fill_spectrum(name, settings.get_axis(name), samples, passed) for name in spectra
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


def _sum_yield(weights: NDArray[np.float64]) -> dict[str, float]:
    return {
        "events": len(weights),
        "expected": float(weights.sum()),
        "variance": float((weights**2).sum()),
        "effective": float(count_effective(weights.sum(), (weights**2).sum())),
        "largest": float(np.abs(weights).max(initial=0.0)),
    }


def _fill_spectrum(
    name: str,
    axis: Axis,
    samples: tuple[HalvedEvents, HalvedEvents],
    passed: tuple[NDArray[np.bool_], NDArray[np.bool_]],
) -> dict[str, Any]:
    """Fill one histogram a channel; what lies above the axis is added to the last bin."""
    background, signal = (sample.events for sample in samples)
    spectrum: dict[str, Any] = {"edges": axis.edges.tolist(), "channels": {}}
    for channel, member in samples[0].members.items():
        chosen = passed[0] & member
        spectrum["channels"][channel] = fill_histogram(
            axis, background.variables[name][chosen], background.weight[chosen]
        )
    spectrum["signal"] = fill_histogram(
        axis, signal.variables[name][passed[1]], signal.weight[passed[1]]
    )
    return spectrum


def measure_roc(
    background: ScoredEvents, signal: ScoredEvents, settings: ScanSettings
) -> dict[str, Any] | None:
    """Measure how well the score separates a signal from background, whatever its cross section.

    Parameters
    ----------
    background, signal
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
    curve = RocCurve(background.score, background.weight, signal.score, signal.weight)
    floor = settings.minimum_effective_events
    return {
        "auc": curve.compute_auc()._asdict(),
        "efficiencies": [curve.compute_efficiency(e, floor)._asdict() for e in EFFICIENCIES],
        "improvements": [curve.compute_improvement(e, floor)._asdict() for e in CURVE],
    }
