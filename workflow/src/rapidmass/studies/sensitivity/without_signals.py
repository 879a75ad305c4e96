"""What speaks for a score without any signal: rare background processes."""

from collections.abc import Mapping, Sequence

import numpy as np
from scipy.stats import rankdata

from rapidmass.scores.ordered import View
from rapidmass.scores.read import ScoredEvents
from rapidmass.statistics.weighted_ecdf import WeightedEcdf
from rapidmass.statistics.weighted_events import count_effective

SHARE = 0.01  # of the background
RARE = 0.1  # largest share of the background that a channel may have to be a signal


def measure_channels(
    ordered: Sequence[ScoredEvents], channels: Sequence[str], *, floor: float
) -> dict[str, float]:
    """Measure what a score finds of each rare channel among all others, at 1 % of these.

    Parameters
    ----------
    ordered
        The scored background in the order of its scores, in pieces.
    channels
        Names of its channels.
    floor
        Effective events that a channel must have, and that have to pass of the others.

    Returns
    -------
    dict
        Efficiencies of channels of less than 10 % of the background, where they are defined.
    """
    sums, total = np.zeros((len(channels), 2)), 0.0
    for events in ordered:
        total += float(events.weight.sum())
        for place, channel in enumerate(channels):
            weight = events.weight[events.channel == channel]
            sums[place] += weight.sum(), (weight**2).sum()
    found = {}
    for channel, (weighed, squared) in zip(channels, sums, strict=True):
        if not 0 < weighed < RARE * total or count_effective(weighed, squared) < floor:
            continue
        mine, others = (
            WeightedEcdf.of_pieces(_split(ordered, channel, inside=inside), what)
            for inside, what in ((True, channel), (False, f"all but {channel}"))
        )
        cut = others.cut(SHARE)
        if others.expect_effective(cut) >= floor:
            found[channel] = mine.compute_fraction(cut)
    return found


def _split(ordered: Sequence[ScoredEvents], channel: str, *, inside: bool) -> View:
    """See the events of a channel, or all others."""
    return View.select(ordered, lambda events: (events.channel == channel) == inside)


def rank_alike(one: Mapping[str, float], other: Mapping[str, float]) -> float | None:
    """Compute Spearman's rank correlation of two judgements of the same scores.

    Parameters
    ----------
    one, other
        Values by score; scores that either lacks take no part.

    Returns
    -------
    float or None
        None of fewer than three scores, or if either has them all equal.
    """
    names = [name for name in one if name in other]
    ranks = np.array([rankdata([group[name] for name in names]) for group in (one, other)])
    if len(names) < 3 or not np.ptp(ranks, axis=1).all():
        return None
    return float(np.corrcoef(ranks)[0, 1])
