"""What the cells of a fit are expected to hold, from classes of events of like weight.

Whether a bin has enough simulation, and how uncertain it is, must not depend on whether a heavy
event happens to be in it: see `rapidmass.statistics.weight_classes`.
"""

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from rapidmass.config.studies.fits import FitAxis
from rapidmass.statistics.weight_classes import WeightClasses

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


def predict_cells(
    weight: Array,
    places: Sequence[NDArray[np.int64]],
    values: Sequence[NDArray[np.floating[Any]]],
    axes: Sequence[FitAxis],
    shape: tuple[int, int],
) -> Cells:
    """Predict the contents of cells.

    Along an axis whose bins are shares of the background each class of weights is expected to be
    shared out as all weight is; along one with edges, as its own events are, with an exponential
    tail. The two are taken as independent. Where a class has enough events in a cell, or they
    contradict this, they are believed.

    Parameters
    ----------
    weight
        Shape (events,): of the events of a region.
    places
        Bin of each event along each axis.
    values
        Values along each axis.
    axes
        One or two; none for a region of one bin.
    shape
        Of the grid.

    Returns
    -------
    Cells
        Of the shape of the grid.
    """
    size = int(np.prod(shape))
    cells = np.zeros(len(weight), dtype=np.int64)
    for place, bins in zip(places, shape, strict=False):
        cells = cells * bins + place
    cells = cells * (size // int(np.prod(shape[: len(places)])))
    total = np.bincount(cells, weight, size).astype(np.float64).reshape(shape)
    if not weight.sum() > 0:
        squares = np.bincount(cells, weight**2, size).astype(np.float64)
        return Cells(total, total, squares.reshape(shape))
    classes = WeightClasses(weight)
    shares = np.ones((len(classes.all.number), 1))
    for place, value, axis, bins in zip(places, values, axes, shape, strict=False):
        own = _share_out(classes, weight, place, value, axis, bins)
        shares = (shares[:, :, None] * own[:, None, :]).reshape(len(own), -1)
    passing = classes.sum_in(cells, size)
    expected = classes.expect(passing, classes.all.number[:, None] * shares)
    return Cells(
        total,
        expected.weight.sum(axis=0).reshape(shape),
        expected.square.sum(axis=0).reshape(shape),
    )


def _share_out(
    classes: WeightClasses,
    weight: Array,
    place: NDArray[np.int64],
    value: NDArray[np.floating[Any]],
    axis: FitAxis,
    bins: int,
) -> Array:
    """Share each class out among the bins of an axis: shape (classes, bins)."""
    if axis.shares:
        pooled = np.maximum(np.bincount(place, weight, bins), 0.0)
        return np.repeat(pooled[None] / pooled.sum(), len(classes.all.number), axis=0)
    above = classes.survive(value, np.asarray(axis.edges, dtype=np.float64))
    return np.asarray(np.maximum(-np.diff(above, axis=1, append=0.0), 0.0))
