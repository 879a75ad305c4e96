"""Tables of events with their matrices, in memory.

One row an event. `rmm` lists the filled cells in the order that
`rapidmass.representations.rmm.kernel` describes, `n_<type>` counts the objects of each type, so
that an absent cell is never mistaken for a zero. The layout of the matrix travels in the metadata.
`key` is the event's identity, by which files are sorted.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa

from rapidmass.representations.rmm.layout import Layout
from rapidmass.representations.rmm.sparse import SparseMatrices, count_values
from rapidmass.storage.event_keys import KEY_SPAN

RMM_TYPE = pa.list_(pa.field("element", pa.float32(), nullable=False))
FORMAT = "1"


class KeyRange(NamedTuple):
    """Event keys from `low` up to, not including, `high` (at most 2^64)."""

    low: int = 0
    high: int = KEY_SPAN


ALL_KEYS = KeyRange()


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
    metadata = schema.metadata or {}
    if metadata.get(b"rapidmass.format") != FORMAT.encode():
        raise ValueError(f"{origin} is not a rapidmass shard of format {FORMAT}; build it anew")
    return Layout(**json.loads(metadata[b"rapidmass.layout"]))


def get_selection(schema: pa.Schema) -> str | None:
    """Get the name of the selection that the events of a table or file passed.

    Parameters
    ----------
    schema
        Schema of the table or file.

    Returns
    -------
    str or None
        None for tables that were made without one.
    """
    name = (schema.metadata or {}).get(b"rapidmass.selection")
    return None if name is None else str(name.decode())


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


def slice_events(table: pa.Table, keys: KeyRange) -> pa.Table:
    """Take the events of a key range out of a sorted table.

    Parameters
    ----------
    table
        Sorted by its column `key`.
    keys
        The range.

    Returns
    -------
    pyarrow.Table
        A view.
    """
    row_keys = table.column("key").to_numpy()
    start = int(np.searchsorted(row_keys, np.uint64(keys.low)))
    stop = len(row_keys)
    if keys.high < KEY_SPAN:
        stop = int(np.searchsorted(row_keys, np.uint64(keys.high)))
    return table.slice(start, stop - start)


def split_keys(keys: KeyRange, pieces: int) -> Iterator[KeyRange]:
    """Cut a key range into equal ranges.

    Parameters
    ----------
    keys
        The range to cut.
    pieces
        How many.

    Yields
    ------
    KeyRange
        In order; together they cover `keys` once.
    """
    span = keys.high - keys.low
    for piece in range(pieces):
        yield KeyRange(keys.low + span * piece // pieces, keys.low + span * (piece + 1) // pieces)


def sort_by_key(table: pa.Table) -> pa.Table:
    """Sort events by key.

    Parameters
    ----------
    table
        Has a column `key`.

    Returns
    -------
    pyarrow.Table
        Equal keys keep their order.
    """
    keys = table.column("key").to_numpy()
    if (keys[1:] > keys[:-1]).all():
        return table
    # the faster way is not stable, which matters only where two keys are equal
    order = np.argsort(keys)
    ordered = keys[order]
    if (ordered[1:] == ordered[:-1]).any():
        order = np.argsort(keys, kind="stable")
    return table.combine_chunks().take(pa.array(order))
