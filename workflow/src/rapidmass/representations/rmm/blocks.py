"""Pieces of many sparse matrices, without copying their values."""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from rapidmass.representations.rmm.sparse import SparseMatrices

ROWS_PER_BLOCK = 1024  # 2 MB of dense rows: they stay in cache from one operation to the next


def iterate_blocks(
    matrices: SparseMatrices, rows: int = ROWS_PER_BLOCK
) -> Iterator[tuple[slice, SparseMatrices]]:
    """Go through matrices in blocks.

    Parameters
    ----------
    matrices
        What to go through, values lying in the order of the events.
    rows
        Events in every block but the last.

    Yields
    ------
    slice
        Which events these are.
    SparseMatrices
        Their matrices: views, not copies.
    """
    for start in range(0, len(matrices), rows):
        stop = min(start + rows, len(matrices))
        offsets = matrices.offsets[start : stop + 1]
        yield (
            slice(start, stop),
            SparseMatrices(
                matrices.layout,
                matrices.values[offsets[0] : offsets[-1]],
                offsets - offsets[0],
                matrices.counts[start:stop],
            ),
        )


def take_events(matrices: SparseMatrices, rows: NDArray[np.int64]) -> SparseMatrices:
    """Pick events in any order, for `rapidmass.representations.rmm.matrices.densify`.

    Parameters
    ----------
    matrices
        Where to take from.
    rows
        Shape (picked,): indices of events.

    Returns
    -------
    SparseMatrices
        The values are not moved, so an event's values end where the counts say, not where the
        next event's start. `iterate_blocks` does not take them.
    """
    offsets = np.append(matrices.offsets[rows], matrices.offsets[-1])
    return SparseMatrices(matrices.layout, matrices.values, offsets, matrices.counts[rows])
