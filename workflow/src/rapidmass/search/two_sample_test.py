"""Whether data are distributed as simulation expects, in all features at once.

A fit gives the logarithm f of the ratio of the densities of data and simulation at each event. The
statistic is twice the logarithm of the likelihood ratio that it stands for,

    t = 2 [sum over data of f + sum over simulation of w (1 - exp f)],

and its distribution without a difference comes from pseudo-experiments. In each of them simulated
events are drawn as data by Poisson numbers with their weights as means, after these have been
changed by what is uncertain; and the simulation that they are compared with is drawn anew, each
event taken a Poisson number of times with mean 1. So the difference of both has the variance that
real data and a simulation of limited size have, sum w + sum w^2, although the same events are drawn
from. What no simulated event stands for cannot be drawn: where single events carry much weight the
p-value is as good as these events are.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray
from scipy.stats import rankdata

Array = NDArray[np.float64]


class Fit(NamedTuple):
    """A fitted ratio of data to simulation.

    Parameters
    ----------
    statistic
        How much better it describes the data than the simulation does.
    log_ratio
        Shape (rows,): its logarithm.
    predict
        Evaluates it for features, shape (events, features), of given rows.
    """

    statistic: float
    log_ratio: Array
    predict: Callable[[Array, NDArray[np.intp]], Array]


class Fitter(Protocol):
    """What fits the ratio of data to simulation on rows that it knows."""

    def fit(self, data: Array, simulation: Array) -> Fit:
        """Fit rows of which each counts as data, as simulation, or both, by weight."""


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


@dataclass(frozen=True)
class TwoSampleTest:
    """What came out.

    Parameters
    ----------
    statistic
        Of the data.
    toys
        Of the pseudo-experiments.
    p_value
        How often these reach the statistic of the data; with the data counted among them, so that
        it is never 0.
    fit
        To the data.
    """

    statistic: float
    toys: Array
    p_value: float
    fit: Fit


def compute_statistic(log_ratio: Array, data: Array, simulation: Array) -> float:
    """Compute the logarithm of the likelihood ratio, doubled.

    Parameters
    ----------
    log_ratio
        Shape (rows,): logarithm of the ratio of the densities.
    data, simulation
        Shape (rows,): weight of each row as data, and as simulation.

    Returns
    -------
    float
        0 for a ratio of 1.
    """
    return float(-2 * (simulation @ np.expm1(log_ratio) - data @ log_ratio))


def make_positive(weight: Array) -> Array:
    """Put 0 in the place of negative weights, and scale the others to the same sum.

    Numbers of events cannot be drawn from negative weights.

    Parameters
    ----------
    weight
        Shape (events,).

    Returns
    -------
    ndarray, shape (events,)
        Not negative.

    Raises
    ------
    ValueError
        If the sum is not positive.
    """
    total, positive = weight.sum(), np.maximum(weight, 0.0)
    if not total > 0:
        raise ValueError(
            f"simulation expects {total:.3g} events: there is nothing to compare data with"
        )
    scaled: Array = positive * (total / positive.sum())
    return scaled


def draw_data(expected: Expected, rng: np.random.Generator) -> Array:
    """Draw how often each simulated event is among pseudo-data.

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
        Whole numbers.
    """
    change = np.zeros(len(expected.weight))
    for variations in expected.sources:
        change += abs(rng.standard_normal()) * variations[rng.integers(len(variations))]
    return rng.poisson(expected.weight * np.exp(change)).astype(np.float64)


def compare_samples(
    fitter: Fitter,
    expected: Expected,
    observed: int,
    *,
    toys: int,
    normalisation: bool,
    rng: np.random.Generator,
) -> TwoSampleTest:
    """Test whether data are distributed as simulation.

    Parameters
    ----------
    fitter
        Its rows are the simulated events, and behind them those of data.
    expected
        The simulation.
    observed
        Events of data.
    toys
        Number of pseudo-experiments.
    normalisation
        Whether the number of events counts as well: else simulation is scaled to it.
    rng
        What the pseudo-experiments follow from.

    Returns
    -------
    TwoSampleTest
        The p-value is small if data differ.

    Raises
    ------
    ValueError
        If there are no data.
    """
    if not observed:
        raise ValueError("there are no events of data to compare with simulation")
    simulated = len(expected.weight)

    def fit(data: Array, weight: Array) -> Fit:
        scale = 1.0 if normalisation else data.sum() / weight.sum()
        rows = np.zeros((2, simulated + observed))
        rows[0, -len(data) :] = data
        rows[1, :simulated] = scale * weight
        return fitter.fit(*rows)

    real = fit(np.ones(observed), expected.weight)
    found = np.zeros(toys)
    for k in range(toys):
        drawn, again = draw_data(expected, rng), _draw_again(expected.weight, rng)
        found[k] = fit(_pad(drawn, observed), again).statistic
    reached = np.count_nonzero(found >= real.statistic)
    return TwoSampleTest(real.statistic, found, (1 + reached) / (1 + toys), real)


def measure_importance(
    fit: Fit, features: Array, rows: NDArray[np.intp], rng: np.random.Generator
) -> Array:
    """Measure how much each feature of data adds to the statistic.

    Parameters
    ----------
    fit
        To data.
    features
        Shape (events, features): of the data.
    rows
        Which rows these are for the fit.
    rng
        What the shuffling follows from.

    Returns
    -------
    ndarray, shape (features,)
        By how much the statistic falls if the values of one feature are shuffled among the events
        of data; what features share is counted for each of them or for none.
    """
    before = fit.predict(features, rows).sum()
    losses = []
    for k in range(features.shape[1]):
        shuffled = features.copy()
        shuffled[:, k] = rng.permutation(features[:, k])
        losses.append(2 * (before - fit.predict(shuffled, rows).sum()))
    return np.array(losses, dtype=np.float64)


def _pad(drawn: Array, observed: int) -> Array:
    return np.concatenate([drawn, np.zeros(observed)])


def _draw_again(weight: Array, rng: np.random.Generator) -> Array:
    return weight * rng.poisson(1.0, len(weight))


def combine_tests(tests: Sequence[TwoSampleTest]) -> float:
    """Compute one p-value from several tests of the same data and pseudo-experiments.

    The smallest p-value of all tests is compared with the smallest of each pseudo-experiment, so
    that several tests find something by chance no more often than one.

    Parameters
    ----------
    tests
        With pseudo-experiments from the same random numbers, in the same order.

    Returns
    -------
    float
        How often the smallest p-value is as small as that of the data.
    """
    pool = np.array([[test.statistic, *test.toys] for test in tests], dtype=np.float64)
    reached = pool.shape[1] - rankdata(pool, method="min", axis=1) + 1  # also by itself
    smallest = reached.min(axis=0)
    return float(np.mean(smallest <= smallest[0]))
