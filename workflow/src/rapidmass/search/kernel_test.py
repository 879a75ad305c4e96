"""The log-ratio of data to simulation as a sum of Gaussian kernels.

A logistic regression on Nystrom features of a Gaussian kernel: M. Letizia et al., Learning new
physics efficiently with nonparametric methods, EPJ C 82 (2022) 879, with the statistic of R. T.
D'Agnolo and A. Wulzer, Learning new physics from a machine, PRD 99 (2019) 015014.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import cho_factor, cho_solve, cholesky, solve_triangular
from scipy.special import expit
from sklearn.metrics.pairwise import euclidean_distances
from sklearn.preprocessing import QuantileTransformer

from rapidmass.search.two_sample_test import Fit, compute_statistic

Array = NDArray[np.float64]
JITTER = 1e-8  # on the diagonal of the kernels of the centres, which are 1
STEPS = 25
CLOSE = 1e-8  # of the gradient a unit of weight
STEEPEST = 30.0  # of the log-ratio: beyond it exponentials say nothing


class KernelFitter:
    """Fits the log-ratio of data to simulation by kernels around simulated events.

    Features are mapped to standard normal distributions by the quantiles of the simulation; what an
    event lacks is at the centre, and a further feature says that it lacks it. The width of the
    kernels is the median distance of the centres.

    Parameters
    ----------
    features
        Shape (rows, features): NaN where an event has none.
    simulated
        Shape (rows,): which rows are simulation. Centres are drawn from them alone, so that real
        data and pseudo-data are treated alike.
    centres
        Most kernels.
    ridge
        Penalty of large coefficients, a unit of weight.
    rng
        What the choice of the centres follows from.

    Raises
    ------
    ValueError
        If no row is simulation.
    """

    def __init__(
        self,
        features: Array,
        simulated: NDArray[np.bool_],
        *,
        centres: int,
        ridge: float,
        rng: np.random.Generator,
    ) -> None:
        if not simulated.any():
            raise ValueError("there are no simulated events to compare with")
        background = features[simulated]
        # fewer rows than quantiles would only warn
        quantiles = min(1000, len(background))
        self._transform = QuantileTransformer(
            n_quantiles=quantiles, output_distribution="normal", subsample=None
        )
        constant = np.where(np.isfinite(background).any(axis=0), background, 0.0)
        self._transform.fit(constant)
        self._sometimes = ~np.isfinite(background).all(axis=0)
        standard = self._standardise(background)
        chosen = rng.choice(len(standard), min(centres, len(standard)), replace=False)
        self._centres = np.unique(standard[chosen], axis=0)
        squared = euclidean_distances(self._centres, squared=True)
        apart = squared[np.triu_indices(len(squared), 1)]
        self._scale = float(np.median(apart)) if apart.size and np.median(apart) > 0 else 1.0
        kernel = np.exp(-0.5 * squared / self._scale)
        self._root = cholesky(kernel + JITTER * np.eye(len(kernel)), lower=True)
        self._ridge = ridge
        self._design = self._expand(features)

    def fit(self, data: Array, simulation: Array) -> Fit:
        """Fit the log-ratio.

        Parameters
        ----------
        data, simulation
            Shape (rows,): weight of each row as data, and as simulation; not negative.

        Returns
        -------
        Fit
            The statistic is that of the events that were fitted.
        """
        used = (data > 0) | (simulation > 0)
        coefficients = self._descend(self._design[used], data[used], simulation[used])
        log_ratio = self._limit(self._design @ coefficients)

        def predict(features: Array, _: NDArray[np.intp]) -> Array:
            return self._limit(self._expand(features) @ coefficients)

        return Fit(compute_statistic(log_ratio, data, simulation), log_ratio, predict)

    def _standardise(self, features: Array) -> Array:
        present = np.isfinite(features)
        values = self._transform.transform(np.where(present, features, np.nan))
        absent = ~present[:, self._sometimes]
        return np.hstack([np.where(np.isfinite(values), values, 0.0), absent])

    def _expand(self, features: Array) -> Array:
        """Evaluate the kernels, made independent of each other, and a constant."""
        squared = euclidean_distances(self._standardise(features), self._centres, squared=True)
        kernels = np.exp(-0.5 * squared / self._scale)
        independent = solve_triangular(self._root, kernels.T, lower=True).T
        return np.hstack([independent, np.ones((len(independent), 1))])

    def _descend(self, design: Array, data: Array, simulation: Array) -> Array:
        """Minimise the weighted cross entropy by Newton's method with halved steps."""
        both = data + simulation
        total = both.sum()
        # the constant is free: it is the ratio of the numbers of events
        penalty = np.full(design.shape[1], self._ridge * total)
        penalty[-1] = JITTER * total
        found = np.zeros(design.shape[1])

        def measure(at: Array) -> Any:  # noqa: ANN401
            f = design @ at
            loss = both @ np.logaddexp(0.0, f) - data @ f
            return loss + 0.5 * penalty @ at**2

        loss = measure(found)
        for _ in range(STEPS):
            share = expit(design @ found)
            gradient = design.T @ (both * share - data) + penalty * found
            if np.abs(gradient).max() < CLOSE * total:
                break
            curved = design.T @ (design * (both * share * (1 - share))[:, None])
            step = cho_solve(cho_factor(curved + np.diag(penalty)), gradient)
            length = 1.0
            while (tried := measure(found - length * step)) > loss and length > JITTER:
                length /= 2
            found, loss = found - length * step, tried
        return found

    @staticmethod
    def _limit(log_ratio: Array) -> Array:
        limited: Array = np.clip(log_ratio, -STEEPEST, STEEPEST)
        return limited
