"""Variances of weighted sums from classes of events of like weight.

The sum of squared weights of the events that happen to pass a cut is a poor estimate of the
variance where few heavy events decide: without one of them both the sum and its variance are too
small. What a cut is expected to leave of each class of weights is known better, from all simulated
events: how many there are, and how their scores and their values of a variable are distributed.
"""

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.special import pdtr

EDGE = 1 / 7  # of octaves, above the largest weight
MEASURED = 10  # so many events of a class measure what passes better than anything else
RARE = 50  # a class of fewer events says little of its own scores
HEAVY = 3.0  # times the weight of most that pass: events that may hide behind them
CONTRADICTED = 0.005  # a prediction stands unless what passes is less probable on either side

Array = NDArray[np.float64]


class Passing(NamedTuple):
    """What passes of each class, each of shape (classes, ...).

    Parameters
    ----------
    number
        Events.
    weight, square
        Their weights and squared weights.
    """

    number: Array
    weight: Array
    square: Array

    def add_share(self, other: "Passing", share: float) -> "Passing":
        """Add a share of what others are."""
        return Passing(*(a + share * b for a, b in zip(self, other, strict=True)))


class WeightClasses:
    """Events in octaves of their weight, negative ones by their size.

    Parameters
    ----------
    weight
        Shape (events,): of all simulated events, whether they pass a cut or not.

    Attributes
    ----------
    all
        Events of each class.
    """

    def __init__(self, weight: Array) -> None:
        self._weight = weight
        size = np.abs(weight)
        # relative to the largest, so that no unit matters; simple ratios are not at an edge, and
        # events without weight are a class of their own
        nothing = np.full(size.shape, np.finfo(np.float64).tiny)
        relative = np.divide(size, size.max(initial=0.0), out=nothing, where=size > 0)
        octave = np.floor(np.log2(relative) + EDGE)
        _, self._index = np.unique(octave, return_inverse=True)
        self.all = self.sum(slice(None))

    def sum(self, chosen: NDArray[np.int64] | slice) -> Passing:
        """Sum over chosen events.

        Parameters
        ----------
        chosen
            Places of events.

        Returns
        -------
        Passing
            Each of shape (classes,).
        """
        bins = np.zeros(len(self._weight[chosen]), dtype=np.int64)
        return Passing(*(values[:, 0] for values in self.sum_above(chosen, bins, 1)))

    def sum_above(
        self, chosen: NDArray[np.int64] | slice, bins: NDArray[np.int64], edges: int
    ) -> Passing:
        """Sum over chosen events at or above each of ascending edges.

        Parameters
        ----------
        chosen
            Places of events.
        bins
            Shape (chosen events,): the last edge at or below each; -1 below all.
        edges
            Number of edges.

        Returns
        -------
        Passing
            Each of shape (classes, edges).
        """
        filled = self._fill(chosen, bins + 1, edges + 1)
        return Passing(*(np.cumsum(table[:, :0:-1], axis=1)[:, ::-1] for table in filled))

    def sum_in(self, cells: NDArray[np.int64], size: int) -> Passing:
        """Sum over the events in each of several cells.

        Parameters
        ----------
        cells
            Shape (events,): where each event is.
        size
            Number of cells.

        Returns
        -------
        Passing
            Each of shape (classes, cells).
        """
        return Passing(*self._fill(slice(None), cells, size))

    def _fill(
        self, chosen: NDArray[np.int64] | slice, cells: NDArray[np.int64], size: int
    ) -> list[Array]:
        """Fill numbers, weights and squared weights: each of shape (classes, size)."""
        kinds = int(self._index.max(initial=-1)) + 1
        place, weight = self._index[chosen] * size + cells, self._weight[chosen]
        return [
            np.bincount(place, weight**power, kinds * size).astype(np.float64).reshape(kinds, size)
            for power in (0, 1, 2)
        ]

    def expect(self, passing: Passing, predicted: Array) -> Passing:
        """Expect what passes from what does, and from a prediction.

        Parameters
        ----------
        passing
            What passes.
        predicted
            Predicted numbers of events, of the same shape.

        Returns
        -------
        Passing
            The prediction, with the mean weights of each class; but what passes where it is at
            least `MEASURED` events or contradicts the prediction: its Poisson probability, or that
            of a larger deviation to the same side, is below `CONTRADICTED`.
        """
        n = np.floor(passing.number)
        more = np.where(n >= 1, 1.0 - pdtr(np.maximum(n - 1, 0), predicted), 1.0)
        stands = np.minimum(pdtr(n, predicted), more) >= CONTRADICTED
        stands &= passing.number < MEASURED
        shape = (-1, *(1,) * (predicted.ndim - 1))
        return Passing(
            *(
                np.where(stands, predicted * (whole / self.all.number).reshape(shape), observed)
                for whole, observed in zip(self.all, passing, strict=True)
            )
        )

    def expect_behind(
        self, passing: Passing, share: float, own: Array | None = None, enriched: float = 1.0
    ) -> Passing:
        """Expect what passes a cut that a share of all weight passes.

        Parameters
        ----------
        passing
            What passes, each of shape (classes,).
        share
            Share of all weight that passes.
        own
            Shares of each class that its own scores let expect, shape (classes,); None to believe
            what passes of all classes of at least `RARE` events.
        enriched
            How much more of a class may pass, without events that show it.

        Returns
        -------
        Passing
            As from `expect` for classes of less than `RARE` events, predicted to pass as all weight
            does, and for those of events `HEAVY` times as heavy as most that pass, predicted to
            pass as their own scores say; both so many times. Of the others, what passes.
        """
        rare = self.all.number < RARE
        shares = np.where(rare, share, share if own is None else own)
        expected = self.expect(passing, self.all.number * np.clip(enriched * shares, 0.0, 1.0))
        # of events about as heavy as most that pass, the number is what counts
        size = np.sqrt(self.all.square / self.all.number)
        heavy = size > HEAVY * size[np.argmax(passing.number)]
        predicted = rare if own is None else rare | heavy
        return Passing(*(np.where(predicted, e, p) for e, p in zip(expected, passing, strict=True)))

    def survive(self, values: NDArray[np.floating[Any]], edges: Array) -> Array:
        """Estimate the share of each class at or above edges.

        Measured, as far as `MEASURED` events lie above; beyond, the tail of these goes on as an
        exponential, whose survival function is estimated without bias (E. L. Pugh, Operations
        Research 11 (1963) 57): one with the mean of the tail for its scale is on average too large.
        A class of less than three events takes the share of all weight.

        Parameters
        ----------
        values
            Shape (events,).
        edges
            Shape (edges,), ascending.

        Returns
        -------
        ndarray of float64, shape (classes, edges)
            Never below 0; it falls along the edges.
        """
        order = np.argsort(values, kind="stable")
        ascending = values[order].astype(np.float64)
        carried = np.append(np.cumsum(self._weight[order][::-1])[::-1], 0.0)
        above = carried[np.searchsorted(ascending, edges)]
        pooled = np.clip(above / carried[0], 0.0, 1.0) if carried[0] > 0 else np.ones(len(edges))
        members = self._index[order]
        groups = [ascending[members == kind] for kind in range(len(self.all.number))]
        return np.array([_extrapolate(own, edges) if len(own) > 2 else pooled for own in groups])


def _extrapolate(values: Array, edges: Array) -> Array:
    """Estimate the shares of ascending values at or above edges."""
    above = len(values) - np.searchsorted(values, edges, "left")
    top = min(MEASURED, len(values) - 1)
    start = values[-top - 1]
    total = max(float((values[-top:] - start).sum()), 1e-9)
    left = np.clip(1.0 - (edges - start) / total, 0.0, 1.0)
    tail = top * left ** (top - 1)
    return np.asarray(np.where(above >= top, above, tail) / len(values))
