"""Which cell each stored value of sparse matrices belongs to."""

import numpy as np
from numpy.typing import NDArray

from rapidmass.provenance.compilation import compile_function
from rapidmass.representations.rmm.sparse import SparseMatrices


def list_cells(matrices: SparseMatrices) -> NDArray[np.int64]:
    """List the cells of the stored values.

    Parameters
    ----------
    matrices
        Whose values follow each other without gaps.

    Returns
    -------
    ndarray of int64, shape (all filled cells,)
        Flat index, row * D + column, of each value.
    """
    cells = np.empty(int(matrices.offsets[-1] - matrices.offsets[0]), dtype=np.int64)
    _fill_cells(matrices.counts, matrices.layout.capacities, cells)
    return cells


@compile_function()
def _fill_cells(
    counts: NDArray[np.uint8], capacities: NDArray[np.int64], cells: NDArray[np.int64]
) -> None:
    """Fill in the order that `rapidmass.representations.rmm.kernel` describes."""
    size = 1 + capacities.sum()
    slots = np.empty(size, dtype=np.int64)
    place = 0
    for event in range(counts.shape[0]):
        cells[place] = 0
        place += 1
        n = 0
        base = 1
        for kind in range(capacities.shape[0]):
            for rank in range(counts[event, kind]):
                slot = base + rank
                cells[place] = slot
                cells[place + 1] = slot * size
                cells[place + 2] = slot * size + slot
                place += 3
                for j in range(n):
                    cells[place] = slots[j] * size + slot
                    cells[place + 1] = slot * size + slots[j]
                    place += 2
                slots[n] = slot
                n += 1
            base += capacities[kind]
