"""Pseudo-experiments from weighted simulation.

Simulated events are drawn as data by Poisson numbers with their weights as means, after these have
been changed by what is uncertain; and the simulation that they are compared with is drawn anew,
each event taken a Poisson number of times with mean 1. So the difference of both has the variance
that real data and a simulation of limited size have, sum w + sum w^2, although the same events are
drawn from. What no simulated event stands for cannot be drawn: where single events carry much
weight a p-value is as good as these events are.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.stats import rankdata

Array = NDArray[np.float64]
TAIL = 0.2  # of a distribution, which falls exponentially


class Expected(NamedTuple):
    """Simulated events and how uncertain they are.

    Parameters
    ----------
    weight
        Shape (events,): how many events of data each stands for; not negative.
    sources
        For each independent source of uncertainty an array of shape (variations, events): by what
        the logarithm of each weight changes at one standard deviation, for one variation or the
        other with equal chances.
    """

    weight: Array
    sources: Sequence[Array] = ()


def make_positive(weight: Array, total: float | None = None) -> Array:
    """Put 0 in the place of negative weights, and scale the others to the same sum.

    Numbers of events cannot be drawn from negative weights.

    Parameters
    ----------
    weight
        Shape (events,).
    total
        Sum of the weights of all that the events stand for. None: their own.

    Returns
    -------
    ndarray, shape (events,)
        Not negative.

    Raises
    ------
    ValueError
        If the sum is not positive.
    """
    total = float(weight.sum()) if total is None else total
    positive = np.maximum(weight, 0.0)
    if not total > 0:
        raise ValueError(
            f"simulation expects {total:.3g} events: there is nothing to compare data with"
        )
    scaled: Array = positive * (total / positive.sum())
    return scaled


def draw_means(expected: Expected, rng: np.random.Generator) -> Array:
    """Draw how many events each simulated one stands for, within what is uncertain.

    Parameters
    ----------
    expected
        The simulation. Every source of uncertainty moves by a normal deviate: a weight is
        multiplied by the exponential of the deviate times its change.
    rng
        What it follows from.

    Returns
    -------
    ndarray, shape (events,)
        Means of Poisson numbers.
    """
    change = np.zeros(len(expected.weight))
    for variations in expected.sources:
        change += abs(rng.standard_normal()) * variations[rng.integers(len(variations))]
    means: Array = expected.weight * np.exp(change)
    return means


def draw_data(expected: Expected, rng: np.random.Generator) -> Array:
    """Draw how often each simulated event is among pseudo-data.

    Parameters
    ----------
    expected, rng
        As for `draw_means`.

    Returns
    -------
    ndarray, shape (events,)
        Whole numbers.
    """
    return rng.poisson(draw_means(expected, rng)).astype(np.float64)


def draw_simulation(weight: Array, rng: np.random.Generator) -> Array:
    """Draw the simulation anew: each event a Poisson number of times.

    Parameters
    ----------
    weight
        Shape (events,).
    rng
        What it follows from.

    Returns
    -------
    ndarray, shape (events,)
        Whole multiples of the weights.
    """
    return weight * rng.poisson(1.0, len(weight))


def compute_p_values(observed: Array, toys: Array) -> Array:
    """Compute how often pseudo-experiments reach an observed statistic.

    Parameters
    ----------
    observed
        Statistics, large where data differ; any shape.
    toys
        Shape (toys,): those of the pseudo-experiments.

    Returns
    -------
    ndarray
        Of the shape of `observed`; with the observation counted among them, so that it is never 0.
    """
    below = np.searchsorted(np.sort(toys), observed, side="left")
    p_values: Array = (1 + len(toys) - below) / (1 + len(toys))
    return p_values


def combine_p_values(observed: Array, toys: Array) -> Array:
    """Compute one p-value from several tests of the same data and pseudo-experiments.

    The smallest p-value of all tests is compared with the smallest of each pseudo-experiment, so
    that several tests find something by chance no more often than one. What no pseudo-experiment
    reaches is told apart by an exponential tail, of the same form for experiment and
    pseudo-experiments: else many tests would always have one that nothing surpasses.

    Parameters
    ----------
    observed
        Shape (tests, experiments): statistics of experiments that are judged one by one.
    toys
        Shape (tests, toys): those of the pseudo-experiments without a difference.

    Returns
    -------
    ndarray, shape (experiments,)
        How often the smallest p-value is as small as that of the experiment.
    """
    p_values = np.empty(observed.shape[1])
    for k, statistics in enumerate(observed.T):
        pool = np.column_stack([statistics, toys])
        smallest = np.array([_estimate_p_values(row) for row in pool]).min(axis=0)
        p_values[k] = np.mean(smallest <= smallest[0])
    return p_values


def _estimate_p_values(pool: Array) -> Array:
    """Estimate how rare each statistic of a pool is, also beyond all others."""
    reached = len(pool) - rankdata(pool, method="min") + 1  # also by itself
    p_values: Array = reached / len(pool)
    start = np.quantile(pool, 1 - TAIL, method="lower")
    tail = pool > start
    if np.isfinite(start) and tail.any():
        beyond = pool[tail] - start
        p_values[tail] = tail.mean() * np.exp(-beyond / beyond.mean())
    return p_values
