"""Rapidity-mass matrices as columns of a table of events.

`rmm` lists the filled cells in the order that `rapidmass.representations.rmm.kernel` describes,
`n_<type>` counts the objects of each type, so that an absent cell is never mistaken for a zero.
"""

import numpy as np
import pyarrow as pa

from rapidmass.representations.rmm.layout import Layout
from rapidmass.representations.rmm.sparse import SparseMatrices, count_values

RMM_TYPE = pa.list_(pa.field("element", pa.float32(), nullable=False))


def encode_matrices(matrices: SparseMatrices) -> dict[str, pa.Array]:
    """Make columns of matrices.

    Parameters
    ----------
    matrices
        Of some events.

    Returns
    -------
    dict
        `n_<type>` for each type, then `rmm`.
    """
    columns = {
        f"n_{name}": pa.array(matrices.counts[:, index])
        for index, name in enumerate(matrices.layout.types)
    }
    offsets = pa.array(matrices.offsets.astype(np.int32))
    columns["rmm"] = pa.ListArray.from_arrays(offsets, pa.array(matrices.values), type=RMM_TYPE)
    return columns


def get_matrices(table: pa.Table, layout: Layout) -> SparseMatrices:
    """Get the sparse matrices of a table of events.

    Parameters
    ----------
    table
        As read from a shard or megaset, with the columns `rmm` and `n_<type>`.
    layout
        Of its matrices.

    Returns
    -------
    SparseMatrices
        Views of the table's memory where it is in one piece.
    """
    column = table.column("rmm").combine_chunks()
    counts = np.column_stack([table.column(f"n_{name}").to_numpy() for name in layout.types])
    counts = np.ascontiguousarray(counts, dtype=np.uint8)
    offsets = np.concatenate(([0], np.cumsum(count_values(counts))))
    return SparseMatrices(layout, column.flatten().to_numpy(), offsets, counts)
