"""Tests of one feature of data against simulation: in which bins, and where there is enough."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from rapidmass.search.goodness_of_fit import (
    ChiSquare,
    Distance,
    Prediction,
    choose_groups,
    compute_chi2,
    compute_distance,
    make_noise,
)
from rapidmass.statistics.weighted_events import count_effective

Array = NDArray[np.float64]
KS_BINS = 128  # most bins of a Kolmogorov-Smirnov test


class FeatureTests(NamedTuple):
    """What came out; None where there are too few events, or no order of the bins."""

    chi2: ChiSquare | None
    shape: ChiSquare | None
    distance: Distance | None


class FeatureTester:
    """Tests one feature after the other.

    Parameters
    ----------
    bins
        Most bins of a chi-square.
    minimum
        Expected events, and effective simulated events, that a bin must have.
    seed
        What the pseudo-experiments of the Kolmogorov-Smirnov test follow from.
    uncertainties
        Most shifts of a prediction, alternatives counted once.
    """

    def __init__(self, bins: int, minimum: float, *, seed: int, uncertainties: int) -> None:
        self._bins, self._minimum = bins, minimum
        self._noise = make_noise(seed, KS_BINS, uncertainties)

    def test(
        self,
        observed: Array,
        prediction: Prediction,
        *,
        ordered: bool = True,
        categories: bool = False,
    ) -> FeatureTests:
        """Test a feature.

        Parameters
        ----------
        observed
            Shape (bins,): events of data in fine bins.
        prediction
            Of the same bins.
        ordered
            Whether the bins have an order: else what is rare is merged with what is rare.
        categories
            Whether each bin means something: none is merged for having few of many events.

        Returns
        -------
        FeatureTests
            The chi-square with and without the number of events, and the largest distance of both
            distribution functions.
        """
        if not ordered:
            order = np.argsort(-prediction.values, kind="stable")
            prediction = prediction.transform(lambda part: part[..., order])
            observed = observed[order]
        expected, seen = prediction.values.sum(), observed.sum()
        enough = count_effective(expected, prediction.variances.sum()) >= self._minimum
        if not expected > 0 or not enough:
            return FeatureTests(None, None, None)
        most = len(observed) * self._bins if categories else self._bins
        chi2 = self._compute_chi2(observed, prediction, most, shape=False)
        if seen < self._minimum:
            return FeatureTests(chi2, None, None)
        shape = self._compute_chi2(observed, prediction.scale(seen / expected), most, shape=True)
        if not ordered:
            return FeatureTests(chi2, shape, None)
        fine = choose_groups(prediction, KS_BINS, 0.0)
        sums = np.add.reduceat(observed, fine)
        distance = compute_distance(sums, prediction.merge(fine), self._noise)
        return FeatureTests(chi2, shape, distance)

    def _compute_chi2(
        self, observed: Array, prediction: Prediction, most: int, *, shape: bool
    ) -> ChiSquare | None:
        if prediction.values.sum() < self._minimum:
            return None
        groups = choose_groups(prediction, most, self._minimum)
        merged = np.add.reduceat(observed, groups)
        return compute_chi2(merged, prediction.merge(groups), shape=shape)
