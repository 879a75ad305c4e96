"""Variances of weighted sums from classes of events of like weight.

The sum of squared weights of the events that happen to pass a cut is a poor estimate of the
variance where few heavy events decide: without one of them both the sum and its variance are too
small. What a cut is expected to leave of each class of weights is known better, from all simulated
events: how many there are, and how their scores and their values of a variable are distributed.
"""

from collections.abc import Callable, Iterable, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.special import pdtr

from rapidmass.statistics.class_tails import MEASURED

EDGE = 1 / 7  # of octaves, above the largest weight
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


class Octaves(NamedTuple):
    """Octaves of weights, counted from the largest one downwards.

    Parameters
    ----------
    largest
        The largest weight, by size.
    present
        Those that have events, ascending.
    """

    largest: float
    present: Array

    @classmethod
    def find(cls, iterate: Callable[[], Iterable[Array]]) -> "Octaves":
        """Find the octaves of weights that come in pieces; these are asked for twice."""
        (found,) = cls.find_groups(lambda: ([some] for some in iterate()), 1)
        return found

    @classmethod
    def find_groups(
        cls, iterate: Callable[[], Iterable[Sequence[Array]]], number: int
    ) -> list["Octaves"]:
        """Find the octaves of several groups, whose weights come in pieces of all groups."""
        largest = np.zeros(number)
        for groups in iterate():
            sizes = [np.abs(weight).max(initial=0.0) for weight in groups]
            largest = np.maximum(largest, sizes)
        present = [np.empty(0)] * number
        for groups in iterate():
            for place, weight in enumerate(groups):
                present[place] = np.union1d(present[place], cls._count(weight, largest[place]))
        return [cls(*one) for one in zip(largest.tolist(), present, strict=True)]

    def place(self, weight: Array) -> NDArray[np.int64]:
        """Find the place of each weight among the octaves that have events."""
        return np.searchsorted(self.present, self._count(weight, self.largest))

    @staticmethod
    def _count(weight: Array, largest: float) -> Array:
        size = np.abs(weight)
        # relative to the largest, so that no unit matters; simple ratios are not at an edge, and
        # events without weight are a class of their own
        nothing = np.full(size.shape, np.finfo(np.float64).tiny)
        relative = np.divide(size, largest, out=nothing, where=size > 0)
        octave: Array = np.floor(np.log2(relative) + EDGE)
        return octave


class WeightClasses:
    """Events in octaves of their weight, negative ones by their size.

    Parameters
    ----------
    weight
        Shape (events,): of all simulated events, whether they pass a cut or not.
    octaves
        Where these are a piece of all events: the octaves of all.

    Attributes
    ----------
    all
        Events of each class.
    index
        Shape (events,): class of each event.
    """

    def __init__(self, weight: Array, octaves: Octaves | None = None) -> None:
        octaves = Octaves.find(lambda: [weight]) if octaves is None else octaves
        self._weight = weight
        self._kinds = len(octaves.present)
        self.index = octaves.place(weight)
        self.all = self.sum(slice(None))

    @classmethod
    def of_pieces(cls, iterate: Callable[[], Iterable[Array]]) -> tuple["WeightClasses", Octaves]:
        """Find the classes of events that come in pieces.

        Parameters
        ----------
        iterate
            Gives the weights of one piece after the other; it is asked three times.

        Returns
        -------
        WeightClasses, Octaves
            Classes that know what all events are and hold none, and what those of a piece are
            made with.
        """
        octaves = Octaves.find(iterate)
        classes = cls(np.empty(0), octaves)
        for weight in iterate():
            classes.all = classes.all.add_share(cls(weight, octaves).all, 1.0)
        return classes, octaves

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
        kinds = self._kinds
        place, weight = self.index[chosen] * size + cells, self._weight[chosen]
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


def share_above(above: Passing, whole: Passing) -> Array:
    """Compute the share of all weight at or above edges; all of it where there is no weight.

    Parameters
    ----------
    above
        What lies there, of shape (classes, edges).
    whole
        All events, of shape (classes,).

    Returns
    -------
    ndarray of float64, shape (edges,)
        Negative weights can bring it out of 0 to 1.
    """
    total = whole.weight.sum()
    weight: Array = above.weight.sum(axis=0)
    return weight / total if total > 0 else np.ones(len(weight))
