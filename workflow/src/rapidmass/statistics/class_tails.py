"""Which share of each class of events lies above edges, from counts and from the tail."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
MEASURED = 10  # so many events of a class measure what passes better than anything else


class ClassTails:
    """Numbers and largest values of each of several classes, of events that come in pieces.

    Parameters
    ----------
    kinds
        Number of classes.
    """

    def __init__(self, kinds: int) -> None:
        self._number = np.zeros(kinds)
        self._largest = [np.empty(0)] * kinds

    def add(self, index: NDArray[np.integer[Any]], values: NDArray[np.floating[Any]]) -> None:
        """Add events.

        Parameters
        ----------
        index, values
            Shape (events,): class and value of each.
        """
        self._number += np.bincount(index, minlength=len(self._number))
        for kind, largest in enumerate(self._largest):
            own = np.concatenate([largest, values[index == kind].astype(np.float64)])
            if len(own) > MEASURED + 1:
                own = np.partition(own, -MEASURED - 1)[-MEASURED - 1 :]
            self._largest[kind] = np.sort(own)

    def survive(self, above: Array, pooled: Array, edges: Array) -> Array:
        """Estimate the share of each class at or above edges.

        Measured, as far as `MEASURED` events lie above; beyond, the tail of these goes on as an
        exponential, whose survival function is estimated without bias (E. L. Pugh, Operations
        Research 11 (1963) 57): one with the mean of the tail for its scale is on average too large.
        A class of less than three events takes the share of all weight.

        Parameters
        ----------
        above
            Shape (classes, edges): events at or above each edge.
        pooled
            Shape (edges,): share of all weight there.
        edges
            Ascending.

        Returns
        -------
        ndarray of float64, shape (classes, edges)
            Never below 0; it falls along the edges.
        """
        shares = [
            _extrapolate(number, largest, own, edges) if number > 2 else np.clip(pooled, 0.0, 1.0)
            for number, largest, own in zip(self._number, self._largest, above, strict=True)
        ]
        return np.array(shares).reshape(len(self._number), len(edges))


def _extrapolate(number: float, largest: Array, above: Array, edges: Array) -> Array:
    top = int(min(MEASURED, number - 1))
    start = largest[-top - 1]
    total = max(float((largest[-top:] - start).sum()), 1e-9)
    left = np.clip(1.0 - (edges - start) / total, 0.0, 1.0)
    tail = top * left ** (top - 1)
    return np.asarray(np.where(above >= top, above, tail) / number)
