"""Cuts on the anomaly score, and the search in missing transverse momentum behind each of them.

The cuts on the score are quantiles of the weighted background, so they know nothing of any signal.
Each half of the events passes the cuts that were chosen on the other half. Background comes from
the test set, scaled up by one over its share; signals come whole.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rapidmass.config.scan import Axis, ScanSettings
from rapidmass.folds import FOLDS, draw_folds, find_thresholds, pass_thresholds
from rapidmass.performance import CURVE, EFFICIENCIES, RocCurve
from rapidmass.search.events import ScoredEvents
from rapidmass.search.histograms import fill_histogram
from rapidmass.search.significance import (
    FoldedSums,
    Sums,
    cross_fit,
    list_significances,
    sum_above,
)
from rapidmass.stats import count_effective


@dataclass(frozen=True)
class _Sample:
    """Events with the half and the channel of each."""

    events: ScoredEvents
    folds: NDArray[np.int8]
    members: Mapping[str, NDArray[np.bool_]]

    @classmethod
    def make(cls, events: ScoredEvents, channels: Sequence[str]) -> "_Sample":
        members = {name: events.channel == name for name in channels}
        return cls(events, draw_folds(events.key), members)

    def cross(self, thresholds: NDArray[np.float64]) -> NDArray[np.bool_]:
        """Mark what passes the threshold of the other half."""
        return pass_thresholds(self.events.score, self.folds, thresholds)

    def mark_own(self, thresholds: NDArray[np.float64], fold: int) -> NDArray[np.bool_]:
        """Mark what belongs to a half and passes its own threshold."""
        return np.asarray((self.folds == fold) & (self.events.score > thresholds[fold]))


def scan_cuts(
    background: ScoredEvents,
    signal: ScoredEvents,
    settings: ScanSettings,
    *,
    channels: Sequence[str],
    spectra: Sequence[str],
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

    Returns
    -------
    dict
        `cuts`: a list, the first entry without a cut (`quantile` 0), each with `thresholds` (of
        the two halves) and `threshold` (their mean; both None without a cut), `background`,
        `signal` and `channels` (yields), `significance` (with no cut on MET), `spectra`,
        `met_scan` (a significance for each MET cut) and `best`: what a MET cut that is chosen on
        one half gives on the other, see `rapidmass.search.significance.cross_fit`. `best`: the
        same, if the cut on the score is chosen together with it, with `quantiles` and
        `thresholds` (None where no significance is defined). `performance`: how well the score
        separates, before any cut.

    Raises
    ------
    ValueError
        If a half of the background has no events, or no positive weight.
    """
    quantiles = sorted({0.0, *settings.score_quantiles})
    samples = _Sample.make(background, channels), _Sample.make(signal, ())
    folds = samples[0].folds
    thresholds = find_thresholds(background.score, background.weight, folds, quantiles).T
    folded = [_sum_folds(samples, pair, settings.met) for pair in thresholds]
    cuts = [
        _scan_cut(samples, settings, quantile, pair, sums, spectra)
        for quantile, pair, sums in zip(quantiles, thresholds, folded, strict=True)
    ]
    return {
        "cuts": cuts,
        "best": _choose_score_cut(cuts[1:], folded[1:], settings),
        "performance": measure_performance(background, signal, settings),
    }


def _sum_folds(
    samples: tuple[_Sample, _Sample], thresholds: NDArray[np.float64], axis: Axis
) -> FoldedSums:
    background, signal = samples
    crossed = background.cross(thresholds), signal.cross(thresholds)
    own, other = [], []
    for fold in FOLDS:
        mine = background.mark_own(thresholds, fold), signal.mark_own(thresholds, fold)
        theirs = (
            crossed[0] & (background.folds == fold),
            crossed[1] & (signal.folds == fold),
        )
        own.append(sum_above(background.events, signal.events, mine, axis))
        other.append(sum_above(background.events, signal.events, theirs, axis))
    return FoldedSums((own[0], own[1]), (other[0], other[1]))


def _scan_cut(
    samples: tuple[_Sample, _Sample],
    settings: ScanSettings,
    quantile: float,
    thresholds: NDArray[np.float64],
    folded: FoldedSums,
    spectra: Sequence[str],
) -> dict[str, Any]:
    background, signal = samples
    passed = background.cross(thresholds), signal.cross(thresholds)
    b = _sum_yield(background.events.weight[passed[0]])
    s = _sum_yield(signal.events.weight[passed[1]])
    total = Sums(*(np.array([y[key]]) for y in (s, b) for key in ("expected", "variance")))
    first, second = folded.crossed
    curve = Sums(*(a + b for a, b in zip(first, second, strict=True)))
    met = settings.met.edges[:-1].tolist()
    best = cross_fit([folded], settings)
    return {
        "quantile": quantile,
        **_describe_thresholds(thresholds),
        "background": b,
        "signal": s,
        "significance": {k: v[0] for k, v in list_significances(total, settings).items()},
        "channels": {
            name: _sum_yield(background.events.weight[passed[0] & member])
            for name, member in background.members.items()
        },
        "spectra": {
            name: _fill_spectrum(name, getattr(settings, name), samples, passed) for name in spectra
        },
        "met_scan": {"met": met, **list_significances(curve, settings)},
        "best": best and {k: v for k, v in best.items() if k != "choices"},
    }


def _describe_thresholds(thresholds: NDArray[np.float64]) -> dict[str, Any]:
    if np.isinf(thresholds).any():
        return {"threshold": None, "thresholds": None}
    return {"threshold": float(thresholds.mean()), "thresholds": thresholds.tolist()}


def _choose_score_cut(
    cuts: Sequence[Mapping[str, Any]], folded: Sequence[FoldedSums], settings: ScanSettings
) -> dict[str, Any] | None:
    best = cross_fit(folded, settings)
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
    samples: tuple[_Sample, _Sample],
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


def measure_performance(
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
