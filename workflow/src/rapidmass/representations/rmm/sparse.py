"""The filled cells of many rapidity-mass matrices."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from rapidmass.representations.rmm.layout import Layout


@dataclass(frozen=True)
class SparseMatrices:
    """The filled cells of many matrices.

    Parameters
    ----------
    layout
        What the cells mean.
    values
        Shape (all filled cells,): float32, event after event.
    offsets
        Shape (events + 1,): int64, where each event's values start.
    counts
        Shape (events, types): uint8, filled slots of each type.
    """

    layout: Layout
    values: NDArray[np.float32]
    offsets: NDArray[np.int64]
    counts: NDArray[np.uint8]

    def __len__(self) -> int:
        return len(self.counts)


def count_values(counts: NDArray[np.uint8]) -> NDArray[np.int64]:
    """Count the stored cells of each event.

    Parameters
    ----------
    counts
        Shape (events, types): filled slots of each type.

    Returns
    -------
    ndarray of int64, shape (events,)
        1 + 2n + n^2 with n the number of objects.
    """
    n: NDArray[np.int64] = counts.sum(axis=1, dtype=np.int64)
    return (n + 1) * (n + 1)
