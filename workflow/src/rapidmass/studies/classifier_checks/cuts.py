"""What cuts on a score leave: purity and channels."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rapidmass.scores.read import ScoredEvents
from rapidmass.statistics.running_quantiles import find_ordered_quantiles
from rapidmass.statistics.significance import compute_asimov_significance
from rapidmass.statistics.weighted_events import count_effective

EFFICIENCIES = tuple(float(10**power) for power in np.linspace(0, -4, 25))
SHARES = (0.0, 0.5, 0.9, 0.99, 0.999)  # of the background below the bins of the composition


def measure_purity(
    background: Sequence[ScoredEvents], signal: ScoredEvents, minimum_effective_events: float
) -> list[dict[str, float]]:
    """Measure what passes cuts on the score.

    Parameters
    ----------
    background
        Scored events, weighted to what they stand for, in pieces in the order of their scores.
    signal
        Scored events, weighted to what they stand for.
    minimum_effective_events
        Cuts that fewer effective background events pass are left out.

    Returns
    -------
    list of dict
        By falling efficiency of the background: `threshold`, `background_efficiency`,
        `signal_efficiency`, `purity` (share of the signal in all that passes) and `significance`
        (Asimov, without systematic uncertainty).
    """
    thresholds = find_ordered_quantiles(background, 1 - np.array(EFFICIENCIES))
    total_b, total_s = 0.0, signal.weight.sum()
    sums, lowest = np.zeros((len(thresholds), 2)), np.inf
    for events in background:
        total_b += float(events.weight.sum())
        lowest = float(np.min(events.score, initial=lowest))
        for place, threshold in enumerate(thresholds):
            passing = events.weight[events.score > threshold]
            sums[place] += passing.sum(), (passing**2).sum()
    found = []
    for threshold, (b, square) in zip(thresholds.tolist(), sums.tolist(), strict=True):
        s = float(signal.weight[signal.score > threshold].sum())
        if not count_effective(b, square) >= minimum_effective_events or not s + b > 0:
            continue
        found.append(
            {
                "threshold": max(threshold, lowest),
                "background_efficiency": b / total_b,
                "signal_efficiency": s / float(total_s),
                "purity": s / (s + b),
                "significance": float(compute_asimov_significance(s, b).value),
            }
        )
    return found


def measure_composition(
    background: Sequence[ScoredEvents], signal: ScoredEvents, channels: Sequence[str]
) -> list[dict[str, Any]]:
    """Measure of which channels the events in bins of the score are.

    Parameters
    ----------
    background
        Scored events, in pieces in the order of their scores.
    signal
        Scored events.
    channels
        Names of the background channels.

    Returns
    -------
    list of dict
        A bin each: `share` (of the background below its lower edge), `events` (expected
        background), `uncertainty`, `signal` (expected) and `channels`, by name the share in the
        background.
    """
    edges = find_ordered_quantiles(background, SHARES)
    size = len(SHARES)
    total, square = np.zeros((2, size))
    by_channel = np.zeros((len(channels), size))
    for events in background:
        place, weight = _find_bins(edges, events), events.weight
        total += np.bincount(place, weight, size)
        square += np.bincount(place, weight**2, size)
        for row, name in enumerate(channels):
            mine = events.channel == name
            by_channel[row] += np.bincount(place[mine], weight[mine], size)
    of_signal = np.bincount(_find_bins(edges, signal), signal.weight, size)
    return [
        {
            "share": share,
            "events": float(total[k]),
            "uncertainty": float(np.sqrt(square[k])),
            "signal": float(of_signal[k]),
            "channels": {
                name: float(sums[k] / total[k]) if total[k] > 0 else None
                for name, sums in zip(channels, by_channel, strict=True)
            },
        }
        for k, share in enumerate(SHARES)
    ]


def _find_bins(edges: NDArray[np.float64], events: ScoredEvents) -> NDArray[np.int64]:
    return np.asarray(np.searchsorted(edges, events.score, "left") - 1)
