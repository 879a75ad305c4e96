"""Bins of a score that know nothing of what is observed, and the background in them."""

from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from rapidmass.statistics.weighted_events import count_effective, find_weighted_quantiles

Array = NDArray[np.float64]
Values = NDArray[np.floating[Any]]
MOST_HALVINGS = 30
NEIGHBOURS = 3  # to either side, whose events tell what a typical weight is
LEAST = 1e-3  # of what a bin was expected to hold: with nothing no significance is defined


@dataclass(frozen=True)
class Bins:
    """Bins of a score.

    Parameters
    ----------
    cuts
        Shape (bins - 1,): scores between the bins. An event lies in the bin above a cut if its
        score is larger.
    expected
        Shape (bins,): expected events, all positive.
    """

    cuts: Array
    expected: Array

    @property
    def number(self) -> int:
        """How many there are."""
        return len(self.expected)

    def find(self, scores: Values) -> NDArray[np.int64]:
        """Find the bin of each event.

        Parameters
        ----------
        scores
            Shape (events,).

        Returns
        -------
        ndarray of int64, shape (events,)
            Every event is in one bin.
        """
        return np.searchsorted(self.cuts, scores, side="left")

    def fill(self, place: NDArray[np.int64], weights: Array, squares: Array) -> tuple[Array, Array]:
        """Sum weights in the bins, and estimate the variances of the sums.

        The variance of a bin is the sum of its squared weights, but not less than with the mean
        weight of its neighbourhood: a bin without events of large weight, by chance, would
        otherwise have both too little content and too small a variance.

        Parameters
        ----------
        place
            Shape (events,): bin of each event.
        weights, squares
            Shape (events,): weights, and what each adds to the variance: its square, for an event
            that is there once.

        Returns
        -------
        sums, variances : ndarray, shape (bins,)
            All positive: a bin that lost all events has a thousandth of what it was expected to.
        """
        sums, variances = (
            np.bincount(place, values, minlength=self.number).astype(np.float64)
            for values in (weights, squares)
        )
        sums = np.maximum(sums, LEAST * self.expected)
        window = np.ones(2 * NEIGHBOURS + 1)
        near, near_squares = (
            np.convolve(v, window)[NEIGHBOURS:-NEIGHBOURS] for v in (sums, variances)
        )
        return sums, np.maximum(variances, sums * near_squares / near)


class Division(NamedTuple):
    """How a score is divided.

    Parameters
    ----------
    bins
        Number of bins of equal content to begin with. The last is halved again and again; then
        neighbours are joined until each has enough events.
    minimum_effective_events
        Fewest effective events in a bin.
    """

    bins: int
    minimum_effective_events: float

    def divide(self, scores: Values, weights: Array) -> Bins:
        """Divide a score by quantiles of a background.

        Parameters
        ----------
        scores, weights
            Shape (events,): simulated background.

        Returns
        -------
        Bins
            One bin where the events do not suffice for more.

        Raises
        ------
        ValueError
            If there is no background.
        """
        halves = 1 - 0.5 ** np.arange(1, MOST_HALVINGS) / self.bins
        shares = np.concatenate([np.arange(1, self.bins) / self.bins, halves])
        cuts = np.unique(find_weighted_quantiles(scores, weights, shares))
        place = np.searchsorted(cuts, scores, side="left")
        sums, squares = (
            np.bincount(place, values, minlength=len(cuts) + 1).astype(np.float64)
            for values in (weights, weights**2)
        )
        groups = _join(sums, squares, self.minimum_effective_events)
        starts = [group.start for group in groups]
        return Bins(cuts[[s - 1 for s in starts[1:]]], np.add.reduceat(sums, starts))


def _join(sums: Array, squares: Array, minimum: float) -> list[range]:
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
