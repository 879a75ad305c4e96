"""How far the scores of two groups of events lie apart: what studies of trained variants measure.

Everything is in JSON types; what the events do not determine is None.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rapidmass.config.search.scan import Axis
from rapidmass.scores.read import ScoredEvents
from rapidmass.search.histograms import fill_histogram
from rapidmass.statistics.roc import RocCurve
from rapidmass.statistics.weighted_events import count_effective

BACKGROUND_EFFICIENCIES = (0.01, 0.001)
BINS = 32
TAIL = 0.002  # share of the events that may lie beyond the ends of an axis
SHOWN = (TAIL / 2, 1 - TAIL / 2)  # quantiles between which all is shown


def count_events(events: ScoredEvents) -> dict[str, float]:
    """Count events: as simulated, as expected, and as many as would be as precise.

    Parameters
    ----------
    events
        Weighted events.

    Returns
    -------
    dict
        `events`, `expected`, and `effective`: (sum w)^2 / sum w^2.
    """
    total, square = float(events.weight.sum()), float((events.weight**2).sum())
    return {
        "events": len(events.weight),
        "expected": total,
        "effective": float(count_effective(total, square)),
    }


def make_curve(background: ScoredEvents, signal: ScoredEvents) -> RocCurve | None:
    """Make the curve of efficiencies, where both groups have a positive weight.

    Parameters
    ----------
    background, signal
        Scored events.

    Returns
    -------
    RocCurve or None
        None if a group has no events, or its weights add up to nothing.

    Raises
    ------
    ValueError
        If a score is not finite.
    """
    if not (background.weight.sum() > 0 and signal.weight.sum() > 0):
        return None
    return RocCurve(background.score, background.weight, signal.score, signal.weight)


def measure_separation(
    background: ScoredEvents, signal: ScoredEvents, minimum_effective_events: float
) -> dict[str, Any]:
    """Measure how well a score tells two groups of events apart.

    Parameters
    ----------
    background, signal
        Scored events.
    minimum_effective_events
        Where fewer effective background events pass a cut, no efficiency is quoted.

    Returns
    -------
    dict
        `auc` and `auc_uncertainty`, and `efficiencies`: for each of `BACKGROUND_EFFICIENCIES` the
        fields of `rapidmass.statistics.roc.Efficiency`.
    """
    curve = make_curve(background, signal)
    if curve is None:
        nothing = dict.fromkeys(("threshold", "efficiency", "low", "high"))
        return {
            "auc": None,
            "auc_uncertainty": None,
            "efficiencies": [
                {"background_efficiency": share, **nothing} for share in BACKGROUND_EFFICIENCIES
            ],
        }
    auc = curve.compute_auc()
    return {
        "auc": auc.value,
        "auc_uncertainty": auc.uncertainty,
        "efficiencies": [
            curve.compute_efficiency(share, minimum_effective_events)._asdict()
            for share in BACKGROUND_EFFICIENCIES
        ],
    }


def choose_axis(groups: Sequence[NDArray[np.floating[Any]]]) -> Axis:
    """Choose bins that show nearly all events of every group.

    Parameters
    ----------
    groups
        Scores, each of shape (events,); empty ones count for nothing.

    Returns
    -------
    Axis
        `BINS` bins; at most the share `TAIL` of a group lies outside.
    """
    ends = np.array([np.quantile(scores, SHOWN) for scores in groups if scores.size])
    low, high = (float(ends[:, 0].min()), float(ends[:, 1].max())) if ends.size else (0.0, 1.0)
    return make_axis(low, high)


def make_axis(low: float, high: float) -> Axis:
    """Make `BINS` bins, and one more, whose step has few digits.

    Parameters
    ----------
    low, high
        What they show.

    Returns
    -------
    Axis
        Its first bin holds `low`.
    """
    width = max(high - low, 1e-6 * max(abs(low), abs(high), 1.0))
    # a step of few digits, so that figures can say it
    power = 10.0 ** np.floor(np.log10(width / BINS))
    step = float(np.ceil(width / BINS / power * 5) / 5 * power)
    start = float(np.floor(low / step) * step)
    return Axis(start=start, stop=start + (BINS + 1) * step, step=step)


def fill_scores(axis: Axis, events: ScoredEvents) -> dict[str, list[float]]:
    """Fill the distribution of the score, in expected events.

    Parameters
    ----------
    axis
        The bins; the first and the last take what lies outside.
    events
        Scored events.

    Returns
    -------
    dict
        `values` and `variances`, one number a bin.
    """
    return fill_histogram(axis, events.score, events.weight)
