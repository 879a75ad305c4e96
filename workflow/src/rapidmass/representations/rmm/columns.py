"""Rapidity-mass matrices as columns of a table of events.

`rmm` lists the filled cells in the order that `rapidmass.representations.rmm.kernel` describes,
`n_<type>` counts the objects of each type, so that an absent cell is never mistaken for a zero. The
layout of the matrix travels in the metadata.
"""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from rapidmass.representations.rmm.layout import Layout
from rapidmass.representations.rmm.sparse import SparseMatrices, count_values
from rapidmass.storage.tables import FORMAT, check_format

RMM_TYPE = pa.list_(pa.field("element", pa.float32(), nullable=False))


def make_table(
    matrices: SparseMatrices, columns: Mapping[str, Any], selection: str | None = None
) -> pa.Table:
    """Join event columns with their matrices.

    Parameters
    ----------
    matrices
        The matrices of the events.
    columns
        Further columns, arrays of shape (events,); must hold `key` (uint64).
    selection
        Name of the selection that the events passed, kept in the metadata.

    Returns
    -------
    pyarrow.Table
        `columns`, then `n_<type>` for each type, then `rmm`. The layout is in its metadata.
    """
    data = dict(columns)
    for index, name in enumerate(matrices.layout.types):
        data[f"n_{name}"] = pa.array(matrices.counts[:, index])
    data["rmm"] = pa.ListArray.from_arrays(
        pa.array(matrices.offsets.astype(np.int32)), pa.array(matrices.values), type=RMM_TYPE
    )
    metadata = {
        "rapidmass.format": FORMAT,
        "rapidmass.layout": json.dumps(matrices.layout.describe()),
    }
    if selection is not None:
        metadata["rapidmass.selection"] = selection
    return pa.table(data).replace_schema_metadata(metadata)


def get_layout(schema: pa.Schema, origin: str = "this table") -> Layout:
    """Get the layout of the matrices in a table or file.

    Parameters
    ----------
    schema
        Schema of the table or file.
    origin
        What to call it in an error.

    Returns
    -------
    Layout
        What the cells mean.

    Raises
    ------
    ValueError
        If it was not made by this version's format.
    """
    check_format(schema, origin)
    return Layout(**json.loads(schema.metadata[b"rapidmass.layout"]))


def check_layout(expected: Layout, schema: pa.Schema, path: Path) -> None:
    """Make sure that a file holds the matrices that a scaler or model was made for.

    Parameters
    ----------
    expected
        Layout of the scaler or model.
    schema
        Schema of the file.
    path
        The file, for the message.

    Raises
    ------
    ValueError
        If the layouts differ, be it in the order of the types.
    """
    found = get_layout(schema, str(path))
    if found != expected:
        raise ValueError(
            f"{path} holds matrices of the layout {found.describe()}, but the scaler or "
            f"model was made for {expected.describe()}: use files of one selection"
        )


def get_matrices(table: pa.Table) -> SparseMatrices:
    """Get the sparse matrices of a table of events.

    Parameters
    ----------
    table
        As read from a shard or megaset, with the columns `rmm` and `n_<type>`.

    Returns
    -------
    SparseMatrices
        Views of the table's memory where it is in one piece.
    """
    layout = get_layout(table.schema)
    column = table.column("rmm").combine_chunks()
    counts = np.column_stack([table.column(f"n_{name}").to_numpy() for name in layout.types])
    counts = np.ascontiguousarray(counts, dtype=np.uint8)
    offsets = np.concatenate(([0], np.cumsum(count_values(counts))))
    return SparseMatrices(layout, column.flatten().to_numpy(), offsets, counts)


def get_cells(table: pa.Table, cells: Sequence[str], absent: float = np.nan) -> pa.Table:
    """Get named cells as columns, for whoever prefers a data frame (`.to_pandas()`).

    Parameters
    ----------
    table
        As read from a shard or megaset.
    cells
        Cell names, as in `Layout.cell_names`.
    absent
        What a cell holds whose objects the event does not have.

    Returns
    -------
    pyarrow.Table
        One float32 column a cell, in the order asked for.

    Raises
    ------
    ValueError
        If no cell has such a name.
    """
    from rapidmass.representations.rmm.matrices import (
        densify,  # loads compiled code; nothing else here needs any
    )

    matrices = get_matrices(table)
    indices = [matrices.layout.find_cell(name) for name in cells]
    dense = densify(matrices, padding=absent)
    return pa.table({name: dense[:, i] for name, i in zip(cells, indices, strict=True)})
