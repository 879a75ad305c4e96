"""Rare outcomes that are drawn more often than nature makes them, with the weights for it."""

from typing import Final

import numpy as np

from rapidmass.generator.particles import Flags, Floats, Integers

_LARGEST: Final = 0.75  # what does not happen has at most four times its weight


def draw_more_often(
    probability: Floats, event: Integers, boost: float, events: int, rng: np.random.Generator
) -> tuple[Flags, Floats]:
    """Draw outcomes of candidates with boosted probabilities.

    Importance sampling: with a probability p' instead of p, an event gets the weight p / p' for
    each candidate that is drawn and (1 - p) / (1 - p') for each that is not. Weighted yields do
    not depend on the boost.

    Parameters
    ----------
    probability
        Probability p of each candidate in nature, shape (candidates,).
    event
        Event of each candidate, shape (candidates,).
    boost
        p' / p, as long as p' is below 3/4, which is its largest value.
    events
        Number of events.
    rng
        Random numbers.

    Returns
    -------
    tuple of ndarray
        Whether each candidate is drawn, shape (candidates,), and the weight of each event, shape
        (events,).
    """
    boosted = np.maximum(probability, np.minimum(boost * probability, _LARGEST))
    drawn = rng.random(len(probability)) < boosted
    # what is drawn has a probability above 0
    factors = (1 - probability) / (1 - boosted)
    factors[drawn] = probability[drawn] / boosted[drawn]
    weights = np.ones(events)
    np.multiply.at(weights, event, factors)
    return drawn, weights
