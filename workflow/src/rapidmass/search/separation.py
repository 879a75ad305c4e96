"""How far the scores of two groups of events lie apart: what studies of trained variants measure.

Everything is in JSON types; what the events do not determine is None.
"""

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rapidmass.config.search.scan import Axis
from rapidmass.search.histograms import Filling
from rapidmass.statistics.ranked import Weighted
from rapidmass.statistics.roc import RocCurve
from rapidmass.statistics.running_quantiles import find_middle_quantiles
from rapidmass.statistics.weighted_events import count_effective

BACKGROUND_EFFICIENCIES = (0.01, 0.001)
BINS = 32
TAIL = 0.002  # share of the events that may lie beyond the ends of an axis
SHOWN = (TAIL / 2, 1 - TAIL / 2)  # quantiles between which all is shown


def count_events(events: Iterable[Weighted]) -> dict[str, float]:
    """Count events: as simulated, as expected, and as many as would be as precise.

    Parameters
    ----------
    events
        Weighted events, in pieces.

    Returns
    -------
    dict
        `events`, `expected`, and `effective`: (sum w)^2 / sum w^2.
    """
    number, total, square = 0, 0.0, 0.0
    for piece in events:
        number += len(piece.weight)
        total += float(piece.weight.sum())
        square += float((piece.weight**2).sum())
    return {
        "events": number,
        "expected": total,
        "effective": float(count_effective(total, square)),
    }


def make_curve(background: Sequence[Weighted], signal: Sequence[Weighted]) -> RocCurve | None:
    """Make the curve of efficiencies, where both groups have a positive weight.

    Parameters
    ----------
    background, signal
        Scored events, in pieces in the order of their scores.

    Returns
    -------
    RocCurve or None
        None if a group has no events, or its weights add up to nothing.

    Raises
    ------
    ValueError
        If a score is not finite.
    """
    if not all(count_events(group)["expected"] > 0 for group in (background, signal)):
        return None
    return RocCurve.of_pieces(background, signal)


def measure_separation(
    background: Sequence[Weighted], signal: Sequence[Weighted], minimum_effective_events: float
) -> dict[str, Any]:
    """Measure how well a score tells two groups of events apart.

    Parameters
    ----------
    background, signal
        Scored events, in pieces in the order of their scores.
    minimum_effective_events
        Where fewer effective background events pass a cut, no efficiency is quoted.

    Returns
    -------
    dict
        As from `describe_separation`.
    """
    return describe_separation(make_curve(background, signal), minimum_effective_events)


def describe_separation(curve: RocCurve | None, minimum_effective_events: float) -> dict[str, Any]:
    """Describe how well a score tells two groups of events apart.

    Parameters
    ----------
    curve
        As from `make_curve`.
    minimum_effective_events
        Where fewer effective background events pass a cut, no efficiency is quoted.

    Returns
    -------
    dict
        `auc` and `auc_uncertainty`, and `efficiencies`: for each of `BACKGROUND_EFFICIENCIES` the
        fields of `rapidmass.statistics.roc.Efficiency`.
    """
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


def find_ends(events: Sequence[Weighted]) -> tuple[float, float] | None:
    """Find the ends between which nearly all events are shown.

    Parameters
    ----------
    events
        In pieces in the order of their scores.

    Returns
    -------
    float, float or None
        Quantiles `SHOWN` of the scores, of which each counts once; None without events.
    """
    if not any(len(piece.score) for piece in events):
        return None
    low, high = find_middle_quantiles(events, SHOWN)
    return low, high


def join_ends(ends: Iterable[tuple[float, float] | None]) -> Axis:
    """Choose bins that show nearly all events of every group.

    Parameters
    ----------
    ends
        Of each group, as from `find_ends`; without events it counts for nothing.

    Returns
    -------
    Axis
        As from `make_axis`.
    """
    known = [pair for pair in ends if pair is not None]
    if not known:
        return make_axis(0.0, 1.0)
    return make_axis(min(low for low, _ in known), max(high for _, high in known))


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
    found = [np.quantile(scores, SHOWN) for scores in groups if scores.size]
    return join_ends((float(low), float(high)) for low, high in found)


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


def fill_scores(axis: Axis, events: Iterable[Weighted]) -> dict[str, list[float]]:
    """Fill the distribution of the score, in expected events.

    Parameters
    ----------
    axis
        The bins; the first and the last take what lies outside.
    events
        Scored events, in pieces.

    Returns
    -------
    dict
        `values` and `variances`, one number a bin.
    """
    filling = Filling(axis)
    for piece in events:
        filling.add(piece.score, piece.weight)
    return filling.describe()
