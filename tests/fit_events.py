"""Scored events for fits, and how to change them."""

from dataclasses import replace
from pathlib import Path

import numpy as np

from rapidmass.scores.read import ScoredEvents
from rapidmass.search.shift_effects import ShiftedPieces

FOLDER = Path("needs no folder")  # few events are held in memory


def make_events(seed, n, slope, weight, shift=0.0, channels=("A",)):
    rng = np.random.default_rng(seed)
    met = rng.exponential(slope, n).astype("f4")
    return ScoredEvents(
        key=rng.integers(0, 2**64, n, dtype=np.uint64),
        channel=np.array(channels)[rng.integers(0, len(channels), n)],
        score=rng.normal(shift, 1, n),
        weight=np.full(n, weight / n),
        variables={"met": met, "jets": rng.integers(0, 4, n).astype("f4")},
    )


def make_pair():
    background = make_events(3, 8000, 30.0, 1e4, channels=("A", "B"))
    return background, make_events(4, 1500, 100.0, 50.0, 1.5, ("signal",))


def scale(events, factor):
    return replace(events, weight=events.weight * factor)


def give(events):
    """Give events in one piece, whenever they are asked for."""
    return lambda: [events]


def make_shift(name, source, background, signal):
    return ShiftedPieces(name, source, give(background), give(signal))
