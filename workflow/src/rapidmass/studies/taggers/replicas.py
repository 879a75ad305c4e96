"""What taggers leave of the background in replicas of a bootstrap, in which they share all luck."""

from collections.abc import Iterator, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from rapidmass.scores.read import ScoredEvents
from rapidmass.statistics.poisson_bootstrap import draw_copies
from rapidmass.studies.taggers.rejection import Tagger, Task

Numbers = NDArray[np.float64]
Copies = NDArray[np.uint8]


def replicate(
    taggers: Mapping[str, Tagger], channels: Sequence[str], task: Task
) -> dict[tuple[str, str, str], Numbers]:
    """Compute which share of the background passes in each replica, at the efficiency of the task.

    The cut of a replica is one of its signal. So sums of the background need none of its events
    for longer than a piece.

    Parameters
    ----------
    taggers
        Of the same events in the same order.
    channels
        Background channels.
    task
        What is measured.

    Returns
    -------
    dict
        By signal, channel and tagger, shape (bins, replicas): NaN where nothing is defined.
    """
    signals = list(next(iter(taggers.values())).signals)
    cuts = np.array([_find_cuts(taggers, signal, task) for signal in signals])
    total = np.zeros((len(channels), len(task.bins), task.replicas))
    passed = np.zeros((*cuts.shape[:2], *total.shape))
    for pieces in zip(*(one.iterate() for one in taggers.values()), strict=True):
        copies = [_draw(pieces[0], k, "background") for k in range(task.replicas)]
        for c, b, chosen in _iterate_bins(pieces[0], channels, task):
            scores = [piece.score[chosen] for piece in pieces]
            for k in range(task.replicas):
                weight = pieces[0].weight[chosen] * copies[k][chosen]
                total[c, b, k] += weight.sum()
                passed[:, :, c, b, k] += _sum_above(weight, scores, cuts[:, :, b, k])
    with np.errstate(invalid="ignore", divide="ignore"):
        shares = np.where((total > 0) & ~np.isnan(cuts)[:, :, None], passed / total, np.nan)
    return {
        (signal, channel, name): shares[s, t, c]
        for s, signal in enumerate(signals)
        for t, name in enumerate(taggers)
        for c, channel in enumerate(channels)
    }


def _iterate_bins(
    events: ScoredEvents, channels: Sequence[str], task: Task
) -> Iterator[tuple[int, int, NDArray[np.int64]]]:
    """Find the events of each channel and bin that has any."""
    for c, channel in enumerate(channels):
        of_channel = events.channel == channel
        for b, place in enumerate(task.bins):
            chosen = np.flatnonzero(of_channel & task.fall(events, place))
            if len(chosen):
                yield c, b, chosen


def _draw(events: ScoredEvents, replica: int, what: str) -> Copies:
    """Draw how often each event counts; no number is above 20."""
    return draw_copies(events.key, replica, f"taggers {what}").astype(np.uint8)


def _sum_above(weight: Numbers, scores: Sequence[Numbers], cuts: Numbers) -> Numbers:
    """Sum what lies above cuts, shape (signals, taggers)."""
    return np.array(
        [
            [weight[score > cut].sum() for score, cut in zip(scores, of_signal, strict=True)]
            for of_signal in cuts
        ]
    )


def _find_cuts(taggers: Mapping[str, Tagger], signal: str, task: Task) -> Numbers:
    """Find the cuts that leave the efficiency, shape (taggers, bins, replicas)."""
    samples = [one.signals[signal] for one in taggers.values()]
    inside = [np.flatnonzero(task.fall(samples[0], place)) for place in task.bins]
    orders = [[rows[np.argsort(-s.score[rows])] for rows in inside] for s in samples]
    found = np.full((len(samples), len(inside), task.replicas), np.nan)
    for k in range(task.replicas):
        copies = _draw(samples[0], k, f"signal {signal}")
        for t, (sample, ranked) in enumerate(zip(samples, orders, strict=True)):
            for b, rows in enumerate(ranked):
                found[t, b, k] = _find_cut(sample, rows, copies, task.efficiency)
    return found


def _find_cut(
    sample: ScoredEvents, ranked: NDArray[np.int64], copies: Copies, efficiency: float
) -> float:
    passed = np.cumsum(sample.weight[ranked] * copies[ranked])
    if not len(passed) or not passed[-1] > 0:
        return np.nan
    last = np.searchsorted(passed, efficiency * passed[-1])
    return float(sample.score[ranked[min(last, len(ranked) - 1)]])
