"""Invented events before and after systematic shifts."""

from dataclasses import replace

import numpy as np

from rapidmass.config.search.scan import Axis, ScanSettings
from rapidmass.scores.read import ScoredEvents
from rapidmass.search.systematics import ShiftedEvents
from rapidmass.storage.event_keys import make_event_keys

CHANNELS = ["A", "B"]
SETTINGS = ScanSettings(
    score_quantiles=[0.5, 0.9],
    met=Axis(start=0, stop=200, step=20),
    score=Axis(start=-4, stop=4, step=0.5),
    minimum_effective_events=5,
    bootstrap_replicas=5,
)


def make_events(size, *, seed=1, weight=1.0, score=0.0, met=40.0):
    rng = np.random.default_rng(seed)
    number = np.arange(size, dtype=np.uint64)
    return ScoredEvents(
        key=make_event_keys(seed, "s", np.ones(size, np.int64), number),
        channel=rng.choice(CHANNELS, size),
        score=rng.normal(score, 1, size),
        weight=weight * rng.uniform(0.5, 1.5, size),
        variables={"met": rng.exponential(met, size)},
    )


BACKGROUND = make_events(2000)
SIGNAL = make_events(600, seed=2, weight=0.05, score=1.0, met=100.0)


def scale_weights(events, factor):
    return replace(events, weight=events.weight * factor)


def move(events, score=0.0, met=1.0):
    """Give all events other scores and MET, in another order."""
    moved = replace(
        events, score=events.score + score, variables={"met": events.variables["met"] * met}
    )
    return moved.select(np.random.default_rng(9).permutation(len(events.key)))


def make_shift(name, source=None, change=lambda events: events):
    return ShiftedEvents(name, source or name, change(BACKGROUND), change(SIGNAL))


def list_shifts():
    """Up and down of a scale, a resolution that loses events, and a normalisation."""
    return [
        make_shift("scale_up", "scale", lambda events: move(events, 0.1, 1.1)),
        make_shift("scale_down", "scale", lambda events: move(events, -0.1, 0.9)),
        make_shift("loss", None, lambda events: events.select(events.variables["met"] > 5)),
        make_shift("norm", None, lambda events: scale_weights(events, 1.1)),
    ]
