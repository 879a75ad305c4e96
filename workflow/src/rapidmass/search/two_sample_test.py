"""Whether data are distributed as simulation expects, in all features at once.

A fit gives the logarithm f of the ratio of the densities of data and simulation at each event. The
statistic is twice the logarithm of the likelihood ratio that it stands for,

    t = 2 [sum over data of f + sum over simulation of w (1 - exp f)],

and its distribution without a difference comes from pseudo-experiments, see
`rapidmass.search.pseudo_experiments`.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from rapidmass.search.pseudo_experiments import (
    Expected,
    combine_p_values,
    compute_p_values,
    draw_data,
    draw_simulation,
)

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


def fit_ratio(fitter: Fitter, data: Array, simulation: Array, *, normalisation: bool) -> Fit:
    """Fit the ratio of data to simulation.

    Parameters
    ----------
    fitter
        What fits it.
    data, simulation
        Shape (rows,): weight of each row as data, and as simulation.
    normalisation
        Whether the number of events counts as well: else simulation is scaled to it.

    Returns
    -------
    Fit
        A ratio of 1 where that leaves nothing to fit: a pseudo-experiment may have no event.
    """
    if normalisation:
        return fitter.fit(data, simulation)
    if not (data.any() and simulation.any()):
        return Fit(0.0, np.zeros(len(data)), lambda features, _: np.zeros(len(features)))
    return fitter.fit(data, simulation * (data.sum() / simulation.sum()))


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
        rows = np.zeros((2, simulated + observed))
        rows[0, -len(data) :] = data
        rows[1, :simulated] = weight
        return fit_ratio(fitter, *rows, normalisation=normalisation)

    real = fit(np.ones(observed), expected.weight)
    found = np.zeros(toys)
    for k in range(toys):
        drawn, again = draw_data(expected, rng), draw_simulation(expected.weight, rng)
        found[k] = fit(_pad(drawn, observed), again).statistic
    p_value = compute_p_values(np.array(real.statistic), found)
    return TwoSampleTest(real.statistic, found, float(p_value), real)


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


def combine_tests(tests: Sequence[TwoSampleTest]) -> float:
    """Compute one p-value from several tests of the same data.

    Parameters
    ----------
    tests
        With pseudo-experiments from the same random numbers, in the same order.

    Returns
    -------
    float
        As `rapidmass.search.pseudo_experiments.combine_p_values` has it.
    """
    observed = np.array([[test.statistic] for test in tests], dtype=np.float64)
    return float(combine_p_values(observed, np.array([test.toys for test in tests]))[0])
