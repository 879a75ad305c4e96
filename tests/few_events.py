"""Invented backgrounds in which few heavy events decide, and what is true of them.

A channel is the weight of an event, the mean number of simulated events, the mean of the normal
score, and the scale of the exponential MET in GeV.
"""

from typing import NamedTuple

import numpy as np
from scipy.optimize import brentq
from scipy.stats import gamma, norm

from rapidmass.scores.read import ScoredEvents


class Channel(NamedTuple):
    weight: float
    number: float
    score: float
    met: float


TWO_LEPTONS = [
    Channel(*row)
    for row in (
        (50000, 1000, 0, 12), (42000, 2100, 0, 12), (2500, 616, 1.2, 45), (1300, 110, 1.2, 45),
        (900, 400, 0.8, 40), (65, 1100, 0.9, 40), (17, 750, 0.6, 20), (8000, 9, 0.5, 30),
        (7000, 5, 0.5, 30),
    )
]  # fmt: skip
THREE_LEPTONS = [
    Channel(*row)
    for row in (
        (66, 520, 0, 40), (17, 256, 0, 20), (1100, 3.5, 0.8, 45), (300, 18, 0.2, 20),
        (270, 24, 0.2, 20), (21, 76, 1, 55), (900, 1.8, 0.4, 40), (10, 30, 0.5, 50),
    )
]  # fmt: skip
SIGNAL_EVENTS, SIGNAL_YIELD, SIGNAL_MET = 1800, 80.0, 70.0


def draw_background(channels, rng, *, scale=1.0):
    """Draw a simulation, of which `scale` times as much is made."""
    numbers = rng.poisson([channel.number * scale for channel in channels])
    weight, score, met = (
        np.repeat([getattr(channel, name) for channel in channels], numbers)
        for name in ("weight", "score", "met")
    )
    return _make(rng, weight / scale, score + rng.normal(size=len(score)), rng.exponential(met))


def draw_signal(rng, *, mean=1.5):
    """Draw the signal."""
    n = SIGNAL_EVENTS
    weight = np.full(n, SIGNAL_YIELD / n)
    return _make(rng, weight, rng.normal(mean, 1, n), rng.gamma(2, SIGNAL_MET, n))


def _make(rng, weight, score, met):
    n = len(weight)
    key = rng.integers(0, 2**64, n, dtype=np.uint64)
    variables = {"met": met.astype("f4")}
    return ScoredEvents(key, np.full(n, "A"), score, weight.astype(float), variables)


def expect_background(channels, threshold, met, power=1):
    """Expect the sum of weights, or of a power of them, behind cuts."""
    return sum(
        c.weight**power * c.number * norm.sf(threshold - c.score) * np.exp(-met / c.met)
        for c in channels
    )


def expect_signal(threshold, met, mean=1.5):
    """Expect the signal behind cuts."""
    return SIGNAL_YIELD * norm.sf(threshold - mean) * gamma.sf(met, 2, scale=SIGNAL_MET)


def find_threshold(channels, share):
    """Find the threshold that a share of the background passes."""
    total = expect_background(channels, -np.inf, 0)
    return brentq(lambda t: expect_background(channels, t, 0) / total - share, -5, 10)


def replace_scores(channels, means):
    """Give the channels other mean scores."""
    return [c._replace(score=mean) for c, mean in zip(channels, means, strict=True)]
