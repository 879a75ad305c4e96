"""What cuts on a score leave: purity and channels."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from rapidmass.scores.read import ScoredEvents
from rapidmass.statistics.significance import compute_asimov_significance
from rapidmass.statistics.weighted_events import count_effective, find_weighted_quantiles

EFFICIENCIES = tuple(float(10**power) for power in np.linspace(0, -4, 25))
SHARES = (0.0, 0.5, 0.9, 0.99, 0.999)  # of the background below the bins of the composition


def measure_purity(
    background: ScoredEvents, signal: ScoredEvents, minimum_effective_events: float
) -> list[dict[str, float]]:
    """Measure what passes cuts on the score.

    Parameters
    ----------
    background, signal
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
    total_b, total_s = background.weight.sum(), signal.weight.sum()
    shares = 1 - np.array(EFFICIENCIES)
    found = []
    for threshold in find_weighted_quantiles(background.score, background.weight, shares):
        passing = background.weight[background.score > threshold]
        b, s = float(passing.sum()), float(signal.weight[signal.score > threshold].sum())
        if not count_effective(b, (passing**2).sum()) >= minimum_effective_events or not s + b > 0:
            continue
        found.append(
            {
                "threshold": float(np.maximum(threshold, background.score.min())),
                "background_efficiency": b / float(total_b),
                "signal_efficiency": s / float(total_s),
                "purity": s / (s + b),
                "significance": float(compute_asimov_significance(s, b).value),
            }
        )
    return found


def measure_composition(
    background: ScoredEvents, signal: ScoredEvents, channels: Sequence[str]
) -> list[dict[str, Any]]:
    """Measure of which channels the events in bins of the score are.

    Parameters
    ----------
    background, signal
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
    edges = find_weighted_quantiles(background.score, background.weight, SHARES)
    places = [np.searchsorted(edges, some.score, "left") - 1 for some in (background, signal)]
    found = []
    for k, share in enumerate(SHARES):
        mine = places[0] == k
        total = float(background.weight[mine].sum())
        found.append(
            {
                "share": share,
                "events": total,
                "uncertainty": float(np.sqrt((background.weight[mine] ** 2).sum())),
                "signal": float(signal.weight[places[1] == k].sum()),
                "channels": {
                    name: float(background.weight[mine & (background.channel == name)].sum())
                    / total
                    if total > 0
                    else None
                    for name in channels
                },
            }
        )
    return found
