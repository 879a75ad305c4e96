"""Weighted events in the order of their scores, and the fractions of them that pass cuts."""

from functools import cached_property
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from rapidmass.statistics.significance import compute_wilson_interval
from rapidmass.statistics.weight_classes import WeightClasses
from rapidmass.statistics.weighted_events import count_effective

Values = NDArray[np.floating[Any]]

NEAR_ONE = 1e-6
ENRICHED = 2.0  # so much more of heavy events may pass than of all, without one that shows it


class Cut(NamedTuple):
    """A threshold, and the share of the events exactly at it that pass."""

    threshold: float
    share: float


class WeightedEcdf:
    """Events in the order of their scores, with running sums of weights and of their squares.

    Parameters
    ----------
    score, weight
        Shape (events,). Negative weights are allowed as long as their sum is positive.
    what
        What they are, for messages.

    Raises
    ------
    ValueError
        If there are no events, a score is not finite, or the sum of weights is not positive.
    """

    def __init__(self, score: Values, weight: NDArray[np.float64], what: str) -> None:
        infinite = int(np.count_nonzero(~np.isfinite(score)))
        if score.size == 0 or infinite:
            raise ValueError(
                f"{what}: {infinite} of {score.size} scores are not finite; efficiencies need "
                "finite scores, and at least one: score the events anew"
            )
        order = np.argsort(score, kind="stable")
        # one type for all: a threshold of another one would have searches convert every score
        self.score = score[order].astype(np.float64)
        self.weight = np.asarray(weight, dtype=np.float64)[order]
        # [0]: sum of w, [1]: sum of w^2 of the events before each, and of all
        self._sums = np.zeros((2, score.size + 1))
        np.cumsum(self.weight, out=self._sums[0, 1:])
        np.cumsum(self.weight**2, out=self._sums[1, 1:])
        self.total = float(self._sums[0, -1])
        if not self.total > 0:
            raise ValueError(
                f"{what}: the total weight of {score.size} events is {self.total:g}, not positive; "
                "no fraction of it is defined"
            )
        # negative weights let the sum fall again: a share is reached where it is first passed
        self._rising = np.maximum.accumulate(self._sums[0, 1:])

    def place(self, values: NDArray[np.float64]) -> NDArray[np.float64]:
        """Compute the fractions of the weight below values; what is equal counts half.

        Parameters
        ----------
        values
            Shape (values,); sorted ones are found faster.

        Returns
        -------
        ndarray of float64, shape (values,)
            Placement values.
        """
        left = np.searchsorted(self.score, values, "left")
        right = np.searchsorted(self.score, values, "right")
        placed: NDArray[np.float64] = (self._sums[0][left] + self._sums[0][right]) / 2
        return placed / self.total

    def compute_variance(self, values: NDArray[np.float64]) -> float:
        """Compute the variance of the weighted mean of values of the events.

        Sum of squares of weight x (value - mean), each enlarged for its own share in the mean
        (J. G. MacKinnon, H. White, J. Econometrics 29 (1985) 305): by n / (n - 1) for events of
        equal weight.

        Parameters
        ----------
        values
            Shape (events,), in the order of the scores.

        Returns
        -------
        float
            0 for a single event.
        """
        share = self.weight / self.total
        left = 1.0 - share
        pulls = share * (values - share @ values)
        # an event that is the whole mean has no spread to tell of
        return float((pulls**2)[left > 0] @ (1.0 / left[left > 0]))

    def cut(self, fraction: float) -> Cut:
        """Find the cut that a fraction of the weight passes.

        Parameters
        ----------
        fraction
            Above 0, at most 1.

        Returns
        -------
        Cut
            With the share of the events at its threshold that is needed for the fraction.
        """
        wanted = (1 - fraction) * self.total
        index = min(int(np.searchsorted(self._rising, wanted)), self.score.size - 1)
        threshold = float(self.score[index])
        _, at, above = self._split(threshold)[0]
        share = (fraction * self.total - above) / at if at > 0 else 0.0
        return Cut(threshold, min(max(float(share), 0.0), 1.0))

    def expect_effective(self, cut: Cut) -> float:
        """Expect a number of effective events that pass, whether heavy ones happen to pass or not.

        Parameters
        ----------
        cut
            What passes.

        Returns
        -------
        float
            Squared weight that passes over the variance that classes of weights let expect.
        """
        own = self._classes.survive(self.score, np.array([cut.threshold]))[:, 0]
        variance = self._expect_variance(cut, own, ENRICHED)
        passing = max(self.compute_fraction(cut) * self.total, 0.0)
        return passing**2 / variance if variance > 0 else 0.0

    def _expect_variance(
        self, cut: Cut, own: NDArray[np.float64] | None = None, enriched: float = 1.0
    ) -> float:
        """Expect the sum of squared weights of what passes, from classes of weights."""
        classes = self._classes
        first, last = self._find(cut.threshold)
        above, at = (classes.sum(part) for part in (slice(last, None), slice(first, last)))
        passing = above.add_share(at, cut.share)
        expected = classes.expect_behind(passing, self.compute_fraction(cut), own, enriched)
        return float(expected.square.sum())

    def compute_fraction(self, cut: Cut) -> float:
        """Compute the fraction of the weight that passes."""
        return float(self._split(cut.threshold)[0] @ _pass(cut)) / self.total

    def find_interval(self, cut: Cut) -> tuple[float, float]:
        """Find the interval of the fraction that passes.

        The variance of a ratio of sums is sum of w^2 (passes - fraction)^2 / (sum of w)^2: as many
        unweighted events have it as the interval is made for. What passes counts with the variance
        that is expected of it, if that is larger.

        Parameters
        ----------
        cut
            What passes.

        Returns
        -------
        low, high
            Of 68.3 %.
        """
        fraction = self.compute_fraction(cut)
        squares = self._split(cut.threshold)[1]
        # of an event that passes with some probability; multiplied out, terms would cancel near 1
        passes = _pass(cut)
        above = max(float(squares @ passes), self._expect_variance(cut))
        spread = above * (1 - fraction) ** 2 + float(squares @ (1 - passes)) * fraction**2
        variance = spread / self.total**2
        # nearer to 1 the ratio of two small numbers would be one of roundings
        if 0 < fraction < 1 - NEAR_ONE and variance > 0:
            effective = fraction * (1 - fraction) / variance
        else:
            effective = float(count_effective(self.total, self._sums[1, -1]))
        low, high = compute_wilson_interval(min(max(fraction, 0.0), 1.0), effective)
        return min(float(low), fraction), max(float(high), fraction)

    def _split(self, threshold: float) -> NDArray[np.float64]:
        """Sum w and w^2 below, at and above a threshold: shape (2, 3)."""
        first, last = self._find(threshold)
        return np.diff(self._sums[:, [0, first, last, -1]], axis=1)

    def _find(self, threshold: float) -> tuple[int, int]:
        """Find the first event at a threshold, and the first one above it."""
        first = np.searchsorted(self.score, threshold, "left")
        return int(first), int(np.searchsorted(self.score, threshold, "right"))

    @cached_property
    def _classes(self) -> WeightClasses:
        return WeightClasses(self.weight)


def _pass(cut: Cut) -> NDArray[np.float64]:
    """Shares that pass of what is below, at and above a threshold."""
    return np.array([0.0, cut.share, 1.0])
