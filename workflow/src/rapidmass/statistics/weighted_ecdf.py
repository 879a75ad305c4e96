"""Weighted events in the order of their scores, and the fractions of them that pass cuts."""

from collections.abc import Callable, Iterator, Sequence
from functools import cached_property
from itertools import pairwise
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from rapidmass.statistics.ecdf_pieces import Piece, PieceClasses
from rapidmass.statistics.ranked import Ranked, Values, Weighted
from rapidmass.statistics.significance import compute_wilson_interval
from rapidmass.statistics.weight_classes import Passing, share_above
from rapidmass.statistics.weighted_events import count_effective

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

    Attributes
    ----------
    size
        Number of events.
    total
        Sum of their weights.
    """

    def __init__(self, score: Values, weight: NDArray[np.float64], what: str) -> None:
        order = np.argsort(score, kind="stable")
        self._take([Ranked(score[order], weight[order])], what)

    @classmethod
    def of_pieces(cls, pieces: Sequence[Weighted], what: str) -> "WeightedEcdf":
        """Take events that are in order already, of which one piece is held in memory.

        Parameters
        ----------
        pieces
            From small to large scores; equal scores are in one piece. A piece is asked for again
            and again.
        what
            As above.
        """
        ecdf = cls.__new__(cls)
        ecdf._take(pieces, what)
        return ecdf

    def _take(self, pieces: Sequence[Weighted], what: str) -> None:
        self._pieces = pieces
        nothing = np.empty(0)
        self._place, self._opened = -1, Piece(nothing, nothing, np.zeros((2, 1)))
        self._sums = np.zeros((2, len(pieces) + 1))
        self._last, self._peaks = np.full((2, len(pieces)), -np.inf)
        self.size = infinite = 0
        for k in range(len(pieces)):
            piece = self._open(k)
            infinite += int(np.count_nonzero(~np.isfinite(piece.score)))
            self.size += len(piece.score)
            self._sums[:, k + 1] = piece.sums[:, -1]
            self._last[k] = piece.score[-1] if len(piece.score) else self._last[k - 1]
            # negative weights let the sum fall again: a share is reached where it is first passed
            self._peaks[k] = max(self._peaks[:k].max(initial=-np.inf), piece.sums[0].max())
        if not self.size or infinite:
            raise ValueError(
                f"{what}: {infinite} of {self.size} scores are not finite; efficiencies need "
                "finite scores, and at least one: score the events anew"
            )
        self.total = float(self._sums[0, -1])
        if not self.total > 0:
            raise ValueError(
                f"{what}: the total weight of {self.size} events is {self.total:g}, not positive; "
                "no fraction of it is defined"
            )

    def _open(self, k: int) -> Piece:
        """Open a piece; the last one stays open."""
        if k != self._place:
            self._opened = Piece.make(self._pieces[k], self._sums[:, k])
            self._place = k
        return self._opened

    def _iterate(self) -> Iterator[Piece]:
        return (self._open(k) for k in range(len(self._pieces)))

    @property
    def score(self) -> NDArray[np.float64]:
        """Scores in their order, shape (events,): of events that are held in memory."""
        (piece,) = self._iterate()
        return piece.score

    @property
    def weight(self) -> NDArray[np.float64]:
        """Weights in the order of the scores, shape (events,): of events that are in memory."""
        (piece,) = self._iterate()
        return piece.weight

    def place(self, values: NDArray[np.float64]) -> NDArray[np.float64]:
        """Compute the fractions of the weight below values; what is equal counts half.

        Parameters
        ----------
        values
            Shape (values,).

        Returns
        -------
        ndarray of float64, shape (values,)
            Placement values.
        """
        placed = np.full(len(values), self.total)
        order = np.argsort(values)  # what is searched for in order is found much faster
        wanted = values[order]
        ends = np.searchsorted(wanted, self._last, "right").tolist()
        for k, (start, stop) in enumerate(pairwise([0, *ends])):
            if stop > start:
                first, last = self._open(k).find(wanted[start:stop])
                sums = self._opened.sums[0]
                placed[order[start:stop]] = (sums[first] + sums[last]) / 2
        return placed / self.total

    def average(self, measure: Callable[[NDArray[np.float64]], NDArray[np.float64]]) -> float:
        """Compute the weighted mean of what is measured of scores.

        Parameters
        ----------
        measure
            Of scores, shape (events,), gives numbers of the same shape.

        Returns
        -------
        float
            The mean.
        """
        return sum(float(p.weight @ measure(p.score)) for p in self._iterate()) / self.total

    def compute_variance(
        self, measure: Callable[[NDArray[np.float64]], NDArray[np.float64]]
    ) -> float:
        """Compute the variance of the weighted mean of what is measured of scores.

        Sum of squares of weight x (value - mean), each enlarged for its own share in the mean
        (J. G. MacKinnon, H. White, J. Econometrics 29 (1985) 305): by n / (n - 1) for events of
        equal weight.

        Parameters
        ----------
        measure
            As for `average`.

        Returns
        -------
        float
            0 for a single event.
        """
        mean, variance = self.average(measure), 0.0
        for piece in self._iterate():
            share = piece.weight / self.total
            left = 1.0 - share
            pulls = share * (measure(piece.score) - mean)
            # an event that is the whole mean has no spread to tell of
            variance += float((pulls**2)[left > 0] @ (1.0 / left[left > 0]))
        return variance

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
        threshold = self._find_passage(wanted)
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
        own = self._survive(cut.threshold)
        variance = self._expect_variance(cut, own, ENRICHED)
        passing = max(self.compute_fraction(cut) * self.total, 0.0)
        return passing**2 / variance if variance > 0 else 0.0

    def _expect_variance(
        self, cut: Cut, own: NDArray[np.float64] | None = None, enriched: float = 1.0
    ) -> float:
        """Expect the sum of squared weights of what passes, from classes of weights."""
        above, at = self._sum_classes(cut.threshold)
        passing = above.add_share(at, cut.share)
        expected = self._classes.whole.expect_behind(
            passing, self.compute_fraction(cut), own, enriched
        )
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

    def _find_passage(self, wanted: float) -> float:
        """Find the score at which the sum of weights first reaches a number."""
        k = min(int(np.searchsorted(self._peaks, wanted)), len(self._pieces) - 1)
        while k and not len(self._open(k).score):
            k -= 1
        piece = self._open(k)
        rising = np.maximum.accumulate(piece.sums[0, 1:])
        return float(piece.score[min(int(np.searchsorted(rising, wanted)), len(rising) - 1)])

    def _split(self, threshold: float) -> NDArray[np.float64]:
        """Sum w and w^2 below, at and above a threshold: shape (2, 3)."""
        ends = self._sums[:, [0, -1, -1, -1]]
        k = int(np.searchsorted(self._last, threshold))
        if k < len(self._pieces):
            piece = self._open(k)
            ends[:, 1:3] = piece.sums[:, list(piece.find(threshold))]
        return np.diff(ends, axis=1)

    def _survive(self, threshold: float) -> NDArray[np.float64]:
        """Estimate the share of each class at or above a threshold: shape (classes,)."""
        classes, edges = self._classes, np.array([threshold])
        above, at = self._sum_classes(threshold)
        passing = Passing(*(values[:, None] for values in above.add_share(at, 1.0)))
        pooled = share_above(passing, classes.whole.all)
        return classes.tails.survive(passing.number, pooled, edges)[:, 0]

    def _sum_classes(self, threshold: float) -> tuple[Passing, Passing]:
        """Sum classes above and at a threshold."""
        k = int(np.searchsorted(self._last, threshold))
        if k == len(self._pieces):
            return (self._classes.after[-1],) * 2
        first, last = self._open(k).find(threshold)
        own = self._classes.open(k, self._open(k).weight)
        above = own.sum(slice(last, None)).add_share(self._classes.after[k], 1.0)
        return above, own.sum(slice(first, last))

    @cached_property
    def _classes(self) -> PieceClasses:
        return PieceClasses(self._pieces)


def _pass(cut: Cut) -> NDArray[np.float64]:
    """Shares that pass of what is below, at and above a threshold."""
    return np.array([0.0, cut.share, 1.0])
