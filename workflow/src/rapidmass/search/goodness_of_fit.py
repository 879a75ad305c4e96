"""How well a histogram of data agrees with a weighted one of simulation."""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.special import chdtrc

from rapidmass.search.shift_effects import align_shifts
from rapidmass.statistics.weighted_events import count_effective

Array = NDArray[np.float64]
DRAWS = 9_999  # p-values of the Kolmogorov-Smirnov test are not resolved below 1 / 10,000


class ChiSquare(NamedTuple):
    """A chi-square, its degrees of freedom, and the share of larger ones if the two agree."""

    value: float
    ndf: int
    p_value: float


class Distance(NamedTuple):
    """The largest distance of two distribution functions, and the share of larger ones."""

    value: float
    p_value: float


class Prediction(NamedTuple):
    """What simulation expects in some bins.

    Parameters
    ----------
    values, variances
        Shape (bins,): expected events, and their variances from finite simulation.
    shifts
        Shape (uncertainties, bins): by how many events one standard deviation of each systematic
        uncertainty moves all bins together.
    sources
        What is uncertain, of each of the last shifts: several of one source are alternatives, of
        which the larger counts. Those before them are uncertainties of their own.
    """

    values: Array
    variances: Array
    shifts: Array
    sources: tuple[str, ...] = ()

    def transform(self, change: Callable[[Array], Array]) -> "Prediction":
        """Order or add bins.

        Parameters
        ----------
        change
            What is done to the last axis of every array.

        Returns
        -------
        Prediction
            Of the new bins.
        """
        return Prediction(
            change(self.values), change(self.variances), change(self.shifts), self.sources
        )

    def merge(self, starts: NDArray[np.int64]) -> "Prediction":
        """Merge neighbouring bins.

        Parameters
        ----------
        starts
            First bin of each group, rising from 0.

        Returns
        -------
        Prediction
            Of the groups.
        """
        return self.transform(lambda part: np.add.reduceat(part, starts, axis=-1))

    def scale(self, factor: float) -> "Prediction":
        """Scale what is expected, with its uncertainties.

        Parameters
        ----------
        factor
            Positive.

        Returns
        -------
        Prediction
            Of as many bins.
        """
        return Prediction(
            self.values * factor, self.variances * factor**2, self.shifts * factor, self.sources
        )

    def combine_sources(self, *, shape: bool) -> Array:
        """Find the one shift of each uncertainty, with alternatives of one source combined.

        Parameters
        ----------
        shape
            Whether alternatives keep what is expected in all bins together, as where simulation is
            scaled to data.

        Returns
        -------
        ndarray of float64, shape (uncertainties and sources, bins)
            Of all that is uncertain, with one row each.
        """
        stated, varied = np.split(self.shifts, [len(self.shifts) - len(self.sources)])
        if not len(varied):
            return stated
        if shape:
            varied = varied - np.outer(varied.sum(axis=1) / self.values.sum(), self.values)
        return np.concatenate([stated, align_shifts(varied, self.sources)])


def choose_groups(prediction: Prediction, most: int, minimum: float) -> NDArray[np.int64]:
    """Group neighbouring bins until simulation says enough about each group.

    Data have no part in it, so that a test in the groups keeps its meaning.

    Parameters
    ----------
    prediction
        In fine bins.
    most
        Groups that are aimed at where there are events enough: each has about this share.
    minimum
        Expected events, and effective simulated events, that a group must have.

    Returns
    -------
    ndarray of int64, shape (groups,)
        First bin of each group. One group where there are too few events for more.
    """
    wanted = max(minimum, prediction.values.sum() / most * (1 - 1e-9))
    starts = [0]
    value = variance = 0.0
    for k, (v, s) in enumerate(zip(prediction.values, prediction.variances, strict=True)):
        value, variance = value + v, variance + s
        if value >= wanted and count_effective(value, variance) >= minimum:
            starts.append(k + 1)
            value = variance = 0.0
    # what is left behind the last full group is too little: it belongs to that group
    return np.array(starts[:-1][:most] if len(starts) > 1 else starts, dtype=np.int64)


def compute_chi2(observed: Array, prediction: Prediction, *, shape: bool) -> ChiSquare | None:
    """Compute the chi-square between data and simulation.

    r^T C^-1 r with r the differences. C has the Poisson variances of data and the variances of
    finite simulation, both at the common expectation (n w + m) / (1 + w) that bins of n events and
    of simulated ones with a mean weight w imply if they agree, as in the test of homogeneity of
    N. D. Gagunashvili, NIM A 614 (2010) 287; and the systematic uncertainties, each as the outer
    product of its shift with itself: fully correlated between bins. Of several shifts of one source
    the larger counts in each bin, with the signs of `rapidmass.search.shift_effects.align_shifts`.

    Parameters
    ----------
    observed
        Shape (bins,): events of data.
    prediction
        Of the same bins, all with positive contents.
    shape
        Whether simulation is scaled to data first and its normalisation fitted: what is left are
        differences of shape, with one degree of freedom less.

    Returns
    -------
    ChiSquare or None
        None without data or without a degree of freedom.
    """
    ndf = len(observed) - shape
    if ndf < 1 or not observed.sum() > 0 or not np.all(prediction.values > 0):
        return None
    if shape:
        prediction = prediction.scale(observed.sum() / prediction.values.sum())
    expected = prediction.values
    weight = prediction.variances / expected  # of a simulated event
    common = (observed * weight + expected) / (1 + weight)
    shifts = prediction.combine_sources(shape=shape)
    covariance = np.diag(common * (1 + weight)) + shifts.T @ shifts
    columns = np.column_stack([observed - expected, expected])
    product = columns.T @ np.linalg.solve(covariance, columns)
    value = float(product[0, 0])
    if shape:  # the minimum over a factor on the expectation
        value -= float(product[0, 1] ** 2 / product[1, 1])
    value = max(value, 0.0)
    return ChiSquare(value, ndf, float(chdtrc(ndf, value)))


def make_noise(seed: int, bins: int, uncertainties: int) -> NDArray[np.float32]:
    """Draw the standard normal numbers that `compute_distance` shares between features.

    Parameters
    ----------
    seed
        What they follow from.
    bins, uncertainties
        Most of both.

    Returns
    -------
    ndarray of float32, shape (draws, bins + uncertainties)
        One row a pseudo-experiment.
    """
    generator = np.random.Generator(np.random.PCG64(seed))
    return generator.standard_normal((DRAWS, bins + uncertainties), dtype=np.float32)


def compute_distance(
    observed: Array, prediction: Prediction, noise: NDArray[np.float32]
) -> Distance | None:
    """Compare distribution functions: a Kolmogorov-Smirnov test for weighted simulation.

    The p-value is the share of pseudo-experiments with a larger distance. Kolmogorov's formula
    holds for unweighted events and continuous features; here the difference of the two
    distribution functions is drawn as the Gaussian process that it tends to for many events, with
    the variance of data (pooled share / N) and of simulation (sum w^2 / (sum w)^2) of each bin,
    and the systematic uncertainties that change shapes. Weights, bins and ties are thereby in it.

    Parameters
    ----------
    observed
        Shape (bins,): events of data.
    prediction
        Of the same bins.
    noise
        From `make_noise`, with at least as many columns as bins and uncertainties.

    Returns
    -------
    Distance or None
        None without data, simulation, or a second bin.
    """
    n, m = observed.sum(), prediction.values.sum()
    if len(observed) < 2 or not n > 0 or not m > 0:
        return None
    simulated = prediction.scale(1 / m)
    distance = float(np.abs(np.cumsum(observed / n - simulated.values)).max())
    effective = 1 / simulated.variances.sum()
    pooled = np.maximum((observed + effective * simulated.values) / (n + effective), 0.0)
    pooled /= pooled.sum()
    deviation = np.sqrt(pooled / n + simulated.variances).astype(np.float32)
    steps = noise[:, : len(observed)] * deviation
    shifts = simulated.combine_sources(shape=True)
    if len(shifts):
        steps += noise[:, -len(shifts) :] @ shifts.astype(np.float32)
    process = np.cumsum(steps, axis=1)
    # both functions end at 1
    process -= process[:, -1:] * np.cumsum(pooled).astype(np.float32)
    larger = np.count_nonzero(np.abs(process).max(axis=1) >= distance)
    return Distance(distance, float((1 + larger) / (1 + len(noise))))
