"""A mixture of invented events, and what the blind test makes of it."""

from dataclasses import replace

import numpy as np

from rapidmass.config.studies.blind_test import BlindTest
from rapidmass.scores.read import ScoredEvents
from rapidmass.studies.blind_test.labels import Answer, Mixture
from rapidmass.studies.blind_test.measure import ShiftedScores, study_mixture

CHANNELS = ("diboson", "ttbar")
SIGNALS = ("SUSY_450p300", "SUSY_800p50")


def make_background(n=3000, luminosity_share=1.0):
    rng = np.random.default_rng(1)
    return ScoredEvents(
        key=rng.integers(0, 2**63, n).astype(np.uint64),
        channel=rng.choice(CHANNELS, n),
        score=rng.normal(size=n).astype(np.float32),
        weight=luminosity_share * rng.lognormal(-1.3, 0.5, n),
        variables={},
    )


def make_mixture(share, n=900):
    """Make a mixture with a share of signal, and what it is."""
    rng = np.random.default_rng(2)
    hidden = round(share * n)
    data = rng.normal(size=n)
    signal = rng.normal(2.5, 0.5, hidden)
    order = rng.permutation(n)
    score = np.concatenate([data[hidden:], signal])[order].astype(np.float32)
    label = np.array(["obs"] * (n - hidden) + [SIGNALS[k % 2] for k in range(hidden)])[order]
    key = np.sort(rng.integers(0, 2**63, n).astype(np.uint64))
    return Mixture(key, score), Answer(label, SIGNALS, data.astype(np.float32))


def study(settings=None, *, share=0.3, answered=False, mixture=None, answer=None, shifts=()):
    if mixture is None:
        mixture, answer = make_mixture(share)
        answer = answer if answered else None
    return study_mixture(
        make_background(),
        mixture,
        settings or BlindTest(bins=10, widest=5, toys=300),
        channels=CHANNELS,
        quantiles=[0.9, 0.0, 0.5],
        minimum_effective_events=10,
        seed=1,
        answer=answer,
        shifts=shifts,
    )


def vary(*, weight=1.0, score=1.0):
    background = make_background()
    return replace(background, weight=weight * background.weight, score=score * background.score)


SHIFTS = [
    ShiftedScores("up", "scale", vary(score=1.1)),
    ShiftedScores("down", "scale", vary(score=0.95)),
    ShiftedScores("norm", "norm", vary(weight=1.1)),
]
