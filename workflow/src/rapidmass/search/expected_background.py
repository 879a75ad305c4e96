"""The background that is expected along a score, in bins that know nothing of what is observed."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rapidmass.search.shift_effects import align_shifts
from rapidmass.statistics.weighted_events import count_effective, find_weighted_quantiles

Values = NDArray[np.floating[Any]]
MOST_HALVINGS = 30
NEIGHBOURS = 3  # to either side, whose events tell what a typical weight is


@dataclass(frozen=True)
class Expectation:
    """Background in bins of a score.

    Parameters
    ----------
    cuts
        Shape (bins - 1,): scores between the bins. An event lies in the bin above a cut if its
        score is larger.
    expected
        Shape (bins,): expected events, all positive.
    variance
        Shape (bins,): their variances from finite simulation.
    uncertainty
        Relative systematic uncertainty of a bin, independent from bin to bin.
    shifts
        Shape (sources, bins): by how many events one standard deviation of each uncertainty moves
        all bins together.
    """

    cuts: NDArray[np.float64]
    expected: NDArray[np.float64]
    variance: NDArray[np.float64]
    uncertainty: float
    shifts: NDArray[np.float64]

    @property
    def total_variance(self) -> NDArray[np.float64]:
        """Variance of each bin by itself, from simulation and systematic uncertainty."""
        return self.variance + (self.uncertainty * self.expected) ** 2

    def count(self, scores: Values) -> NDArray[np.int64]:
        """Count events in the bins.

        Parameters
        ----------
        scores
            Shape (events,).

        Returns
        -------
        ndarray of int64, shape (bins,)
            Every event is in one bin.
        """
        return np.bincount(self._find_bins(scores), minlength=len(self.expected))

    def fill(self, scores: Values, weights: NDArray[np.float64]) -> NDArray[np.float64]:
        """Sum weights in the bins.

        Parameters
        ----------
        scores, weights
            Shape (events,).

        Returns
        -------
        ndarray of float64, shape (bins,)
            Every event is in one bin.
        """
        sums = np.bincount(self._find_bins(scores), weights, minlength=len(self.expected))
        return sums.astype(np.float64)

    def _find_bins(self, scores: Values) -> NDArray[np.int64]:
        return np.searchsorted(self.cuts, scores, side="left")


def divide_background(
    scores: Values,
    weights: NDArray[np.float64],
    *,
    bins: int,
    uncertainty: float,
    minimum_effective_events: float,
) -> Expectation:
    """Divide a background into bins of a score.

    The variance of a bin is the sum of its squared weights, but not less than with the mean weight
    of its neighbourhood: a bin without events of large weight, by chance, would otherwise have both
    too little content and too small a variance.

    Parameters
    ----------
    scores, weights
        Shape (events,): simulated background.
    bins
        Number of bins of equal content to begin with. The last is halved again and again; then
        neighbours are joined until each has enough events.
    uncertainty
        Relative systematic uncertainty of a bin.
    minimum_effective_events
        Fewest effective events in a bin.

    Returns
    -------
    Expectation
        One bin where the events do not suffice for more.

    Raises
    ------
    ValueError
        If there is no background.
    """
    halves = 1 - 0.5 ** np.arange(1, MOST_HALVINGS) / bins
    shares = np.concatenate([np.arange(1, bins) / bins, halves])
    cuts = np.unique(find_weighted_quantiles(scores, weights, shares))
    place = np.searchsorted(cuts, scores, side="left")
    sums, squares = (
        np.bincount(place, values, minlength=len(cuts) + 1).astype(np.float64)
        for values in (weights, weights**2)
    )
    groups = _join(sums, squares, minimum_effective_events)
    starts = [group.start for group in groups]
    expected, variance = (np.add.reduceat(values, starts) for values in (sums, squares))
    window = np.ones(2 * NEIGHBOURS + 1)
    near, near_squares = (
        np.convolve(v, window)[NEIGHBOURS:-NEIGHBOURS] for v in (expected, variance)
    )
    variance = np.maximum(variance, expected * near_squares / near)
    cuts = cuts[[s - 1 for s in starts[1:]]]
    return Expectation(cuts, expected, variance, uncertainty, np.zeros((0, len(starts))))


def vary_expectation(
    background: Expectation, varied: Sequence[NDArray[np.float64]], sources: Sequence[str]
) -> Expectation:
    """Add to what is expected how systematic variations distort it.

    Only the shape counts: what a variation changes in all bins together is taken out.

    Parameters
    ----------
    background
        What is expected, in bins.
    varied
        What each variation expects in the bins, from `Expectation.fill`.
    sources
        What is uncertain, of each variation.

    Returns
    -------
    Expectation
        With `shifts`: of several variations of one source the larger in each bin.
    """
    if not varied:
        return background
    changes = np.array(varied) - background.expected
    share = background.expected / background.expected.sum()
    changes -= np.outer(changes.sum(axis=1), share)
    return replace(background, shifts=align_shifts(changes, sources))


def _join(sums: NDArray[np.float64], squares: NDArray[np.float64], minimum: float) -> list[range]:
    """Join neighbouring bins from the left; what is left at the end goes to the last of them."""

    def suffices(group: range) -> bool:
        total = sums[group.start : group.stop].sum()
        square = squares[group.start : group.stop].sum()
        return bool(total > 0 and count_effective(total, square) >= minimum)

    groups = [range(0)]
    for stop in range(1, len(sums) + 1):
        groups[-1] = range(groups[-1].start, stop)
        if stop < len(sums) and suffices(groups[-1]):
            groups.append(range(stop, stop))
    while len(groups) > 1 and not suffices(groups[-1]):
        last = groups.pop()
        groups[-1] = range(groups[-1].start, last.stop)
    return groups
