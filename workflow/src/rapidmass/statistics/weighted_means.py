"""Weighted means of numbers of events, cell by cell: how sure they are, and how they differ."""

from dataclasses import dataclass, field
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray


@dataclass
class CellSum:
    """Sums over events from which weighted means of cells follow.

    Parameters
    ----------
    cells
        How many cells there are.
    """

    cells: int
    events: int = 0
    weight: float = 0.0
    squared_weight: float = 0.0
    _values: NDArray[np.float64] = field(init=False)
    _weighted: NDArray[np.float64] = field(init=False)
    _squares: NDArray[np.float64] = field(init=False)

    def __post_init__(self) -> None:
        self._values, self._weighted, self._squares = np.zeros((3, self.cells))

    def add(self, values: NDArray[np.floating[Any]], weights: NDArray[np.float64]) -> None:
        """Add events.

        Parameters
        ----------
        values
            Shape (events, cells).
        weights
            Shape (events,).
        """
        exact = values.astype(np.float64)
        squared = weights**2
        self._values += weights @ exact
        self._weighted += squared @ exact
        np.square(exact, out=exact)
        self._squares += squared @ exact
        self.events += len(weights)
        self.weight += float(weights.sum())
        self.squared_weight += float(squared.sum())

    def get_mean(self) -> NDArray[np.float64]:
        """Get the weighted mean of each cell, shape (cells,): NaN if the weight is not positive."""
        return self._values / self.weight if self.weight > 0 else np.full(self.cells, np.nan)

    def sum_squares(self, slope: float, offset: NDArray[np.float64]) -> NDArray[np.float64]:
        """Sum w^2 (slope x + offset)^2 over events, shape (cells,)."""
        total = slope**2 * self._squares + offset**2 * self.squared_weight
        total += 2 * slope * offset * self._weighted
        return np.maximum(total, 0.0)

    def join(self, other: "CellSum") -> "CellSum":
        """Join with the sums over other events."""
        joint = CellSum(
            self.cells,
            self.events + other.events,
            self.weight + other.weight,
            self.squared_weight + other.squared_weight,
        )
        joint._values = self._values + other._values
        joint._weighted = self._weighted + other._weighted
        joint._squares = self._squares + other._squares
        return joint


class Difference(NamedTuple):
    """How the means of a group differ from those of the whole, cell by cell.

    Parameters
    ----------
    mean, whole
        Shape (cells,): means of the group and of the whole.
    uncertainty
        Shape (cells,): statistical uncertainty of `mean - whole`.
    """

    mean: NDArray[np.float64]
    whole: NDArray[np.float64]
    uncertainty: NDArray[np.float64]


def compare_means(group: CellSum, rest: CellSum, *, is_part: bool) -> Difference:
    """Compare the means of a group with those of the whole background.

    Parameters
    ----------
    group
        Sums of the group.
    rest
        Sums of the background; without the group where it is a part of it.
    is_part
        Whether the group is part of the background.

    Returns
    -------
    Difference
        Its uncertainty is that of the difference of two ratios of sums over events, to first order:
        an event of the group moves it by w [(x - mean_g) / W_g - (x - mean) / W], any other one by
        -w (x - mean) / W, where the terms of the whole fall away for a group that is no part. The
        events of the group are taken to scatter at least as those of the whole do, so that few
        events that happen to be alike are not taken for sure. NaN where a sum of weights W is not
        positive.
    """
    whole = rest.join(group) if is_part else rest
    mean, expected = group.get_mean(), whole.get_mean()
    if not (group.weight > 0 and whole.weight > 0):
        return Difference(mean, expected, np.full(group.cells, np.nan))
    share = group.weight / whole.weight if is_part else 0.0
    own = group.sum_squares((1 - share) / group.weight, (share * expected - mean) / group.weight)
    scatter = whole.sum_squares(1.0, -expected) / whole.squared_weight
    least = scatter * group.squared_weight * ((1 - share) / group.weight) ** 2
    others = rest.sum_squares(1 / whole.weight, -expected / whole.weight)
    return Difference(mean, expected, np.sqrt(np.maximum(own, least) + others))


def list_finite(values: NDArray[np.floating[Any]]) -> list[Any]:
    """List numbers of any shape for JSON; what is not finite becomes None."""
    listed = values.astype(object)
    listed[~np.isfinite(values)] = None
    found: list[Any] = listed.tolist()
    return found
