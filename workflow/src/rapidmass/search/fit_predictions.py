"""What the cells of a fit are expected to hold, from classes of events of like weight.

Whether a bin has enough simulation, and how uncertain it is, must not depend on whether a heavy
event happens to be in it: see `rapidmass.statistics.weight_classes`.
"""

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from rapidmass.config.studies.fits import FitAxis
from rapidmass.statistics.class_tails import ClassTails
from rapidmass.statistics.weight_classes import Octaves, Passing, WeightClasses, share_above

Array = NDArray[np.float64]


class Cells(NamedTuple):
    """Contents of the cells of a grid, shape (rows, columns) or (bins,).

    Parameters
    ----------
    total
        Sum of the weights of the events that are there.
    expected, variance
        What classes of weights let expect of it and of its variance.
    """

    total: Array
    expected: Array
    variance: Array

    def pick(self, chosen: Any) -> "Cells":  # noqa: ANN401 (whatever an array takes)
        """Pick cells."""
        return Cells(*(values[chosen] for values in self))

    def add_up(self, axis: int) -> "Cells":
        """Add along an axis."""
        return Cells(*(values.sum(axis=axis) for values in self))


class CellSums:
    """Predicts the contents of the cells of a region, of events that come in pieces.

    Along an axis whose bins are shares of the background each class of weights is expected to be
    shared out as all weight is; along one with edges, as its own events are, with an exponential
    tail. The two are taken as independent. Where a class has enough events in a cell, or they
    contradict this, they are believed.

    Parameters
    ----------
    octaves
        Of the weights of all events of the region.
    axes
        One or two; none for a region of one bin.
    shape
        Of the grid.
    """

    def __init__(self, octaves: Octaves, axes: Sequence[FitAxis], shape: tuple[int, int]) -> None:
        self._octaves, self._shape, self._size = octaves, shape, int(np.prod(shape))
        self._classes = WeightClasses(np.empty(0), octaves)
        self._passing = self._classes.sum_in(np.empty(0, np.int64), self._size)
        self._contents, self._total = np.zeros((2, self._size)), 0.0
        self._along = [
            _ShareSums(bins) if axis.shares else _EdgeSums(axis, len(octaves.present))
            for axis, bins in zip(axes, shape, strict=False)
        ]

    def add(
        self,
        weight: Array,
        places: Sequence[NDArray[np.int64]],
        values: Sequence[NDArray[np.floating[Any]]],
    ) -> None:
        """Add events.

        Parameters
        ----------
        weight
            Shape (events,): of the events of the region.
        places
            Bin of each event along each axis.
        values
            Values along each axis.
        """
        cells = np.zeros(len(weight), dtype=np.int64)
        for place, bins in zip(places, self._shape, strict=False):
            cells = cells * bins + place
        cells = cells * (self._size // int(np.prod(self._shape[: len(places)])))
        self._contents += [np.bincount(cells, weight**power, self._size) for power in (1, 2)]
        self._total += float(weight.sum())
        classes = WeightClasses(weight, self._octaves)
        self._classes.all = self._classes.all.add_share(classes.all, 1.0)
        self._passing = self._passing.add_share(classes.sum_in(cells, self._size), 1.0)
        for along, place, value in zip(self._along, places, values, strict=True):
            along.add(classes, weight, place, value)

    def predict(self) -> Cells:
        """Predict the contents of all cells."""
        total = self._contents[0].reshape(self._shape)
        if not self._total > 0:
            return Cells(total, total, self._contents[1].reshape(self._shape))
        number = self._classes.all.number
        shares = np.ones((len(number), 1))
        for along in self._along:
            own = along.share_out(self._classes)
            shares = (shares[:, :, None] * own[:, None, :]).reshape(len(own), -1)
        expected = self._classes.expect(self._passing, number[:, None] * shares)
        return Cells(
            total,
            expected.weight.sum(axis=0).reshape(self._shape),
            expected.square.sum(axis=0).reshape(self._shape),
        )


class _ShareSums:
    """Shares each class out among bins as all weight is."""

    def __init__(self, bins: int) -> None:
        self._pooled = np.zeros(bins)

    def add(
        self,
        _: WeightClasses,
        weight: Array,
        place: NDArray[np.int64],
        __: NDArray[np.floating[Any]],
    ) -> None:
        self._pooled += np.bincount(place, weight, len(self._pooled))

    def share_out(self, classes: WeightClasses) -> Array:
        """Share out, shape (classes, bins)."""
        pooled = np.maximum(self._pooled, 0.0)
        return np.repeat(pooled[None] / pooled.sum(), len(classes.all.number), axis=0)


class _EdgeSums:
    """Shares each class out among bins as its own events are."""

    def __init__(self, axis: FitAxis, kinds: int) -> None:
        self._edges = np.asarray(axis.edges, dtype=np.float64)
        self._tails = ClassTails(kinds)
        self._above = Passing(*np.zeros((3, kinds, len(self._edges))))

    def add(
        self,
        classes: WeightClasses,
        _: Array,
        __: NDArray[np.int64],
        value: NDArray[np.floating[Any]],
    ) -> None:
        self._tails.add(classes.index, value)
        bins = np.searchsorted(self._edges, value, side="right") - 1
        above = classes.sum_above(slice(None), bins, len(self._edges))
        self._above = self._above.add_share(above, 1.0)

    def share_out(self, classes: WeightClasses) -> Array:
        """Share out, shape (classes, bins)."""
        pooled = share_above(self._above, classes.all)
        above = self._tails.survive(self._above.number, pooled, self._edges)
        return np.asarray(np.maximum(-np.diff(above, axis=1, append=0.0), 0.0))
