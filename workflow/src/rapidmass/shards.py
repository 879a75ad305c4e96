"""Events with their matrices in Parquet: written sorted by key, read by key range.

One row an event. `rmm` lists the filled cells in the order that `rapidmass.rmm.kernel` describes,
`n_<type>` counts the objects of each type, so that an absent cell is never mistaken for a zero.
Rows are sorted by event key; each row group is a range of keys. The layout of the matrix travels in
the file's metadata.
"""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from rapidmass.identity import KEY_SPAN
from rapidmass.rmm import Layout, SparseMatrices
from rapidmass.rmm.matrix import count_values, densify

FORMAT = "1"
ROWS_PER_GROUP = 65_536
ROWS_IN_MEMORY = 1_000_000
# Enough key ranges in a shard for a megaset to find its own without reading much else.
GROUPS_PER_SHARD = 16
ROWS_WORTH_A_GROUP = 1024

RMM_TYPE = pa.list_(pa.field("element", pa.float32(), nullable=False))


class KeyRange(NamedTuple):
    """Event keys from `low` up to, not including, `high` (at most 2^64)."""

    low: int = 0
    high: int = KEY_SPAN


ALL_KEYS = KeyRange()

Source = Callable[[KeyRange], pa.Table]


def make_table(matrices: SparseMatrices, columns: Mapping[str, Any]) -> pa.Table:
    """Join event columns with their matrices.

    Parameters
    ----------
    matrices
        The matrices of the events.
    columns
        Further columns, arrays of shape (events,); must hold `key` (uint64).

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
    matrices = get_matrices(table)
    indices = [matrices.layout.find_cell(name) for name in cells]
    dense = densify(matrices, padding=absent)
    return pa.table({name: dense[:, i] for name, i in zip(cells, indices, strict=True)})


def count_groups(rows: int) -> int:
    """Count the key ranges that a shard is written in, each as one row group.

    Parameters
    ----------
    rows
        Rows of the shard.

    Returns
    -------
    int
        A power of two, so that row groups of all shards share their edges: one for a tiny shard,
        at least `GROUPS_PER_SHARD` for others, and none beyond about `ROWS_PER_GROUP` rows.
    """
    if rows < GROUPS_PER_SHARD * ROWS_WORTH_A_GROUP:
        return 1
    groups = GROUPS_PER_SHARD
    while rows > 0.95 * groups * ROWS_PER_GROUP:  # keys fill ranges unevenly, by a few per cent
        groups *= 2
    return groups


def open_shard(path: Path) -> pq.ParquetFile:
    """Open a shard or megaset, making sure that it is one and is whole.

    Parameters
    ----------
    path
        The Parquet file.

    Returns
    -------
    pyarrow.parquet.ParquetFile
        Open for reading.

    Raises
    ------
    ValueError
        If it is damaged or of another format; the message says what to do.
    """
    try:
        parquet = pq.ParquetFile(path)
    except pa.ArrowInvalid as error:
        raise ValueError(f"{path} is damaged ({error}); remove it to have it rebuilt") from error
    get_layout(parquet.schema_arrow, str(path))
    return parquet


def read_events(
    path: Path,
    keys: KeyRange = ALL_KEYS,
    columns: Sequence[str] | None = None,
) -> pa.Table:
    """Read the events of a key range.

    Only row groups that overlap the range are read.

    Parameters
    ----------
    path
        A shard or megaset.
    keys
        The range.
    columns
        Columns to read; all if None. `key` always comes along.

    Returns
    -------
    pyarrow.Table
        Rows sorted by key.
    """
    wanted = None if columns is None else list(dict.fromkeys(["key", *columns]))
    with open_shard(path) as parquet:
        key_column = parquet.schema_arrow.get_field_index("key")
        groups = []
        for group in range(parquet.num_row_groups):
            statistics = parquet.metadata.row_group(group).column(key_column).statistics
            if statistics.min < keys.high and statistics.max >= keys.low:
                groups.append(group)
        table = parquet.read_row_groups(groups, columns=wanted, use_threads=False)
    return slice_events(table, keys)


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


def iterate_events(
    path: Path, columns: Sequence[str] | None = None, rows: int = ROWS_PER_GROUP
) -> Iterator[pa.Table]:
    """Read a file piece by piece, in order.

    Parameters
    ----------
    path
        A shard or megaset.
    columns
        Columns to read; all if None.
    rows
        Most rows of a piece.

    Yields
    ------
    pyarrow.Table
        At most `rows` rows; nothing for an empty file.
    """
    with open_shard(path) as parquet:
        schema = parquet.schema_arrow
        for batch in parquet.iter_batches(rows, columns=columns, use_threads=False):
            if batch.num_rows:
                yield pa.Table.from_batches([batch]).replace_schema_metadata(schema.metadata)


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


def merge_events(sources: Sequence[Source], keys: KeyRange, pieces: int) -> Iterator[pa.Table]:
    """Merge sorted sources into one sorted stream, holding one piece at a time.

    Parameters
    ----------
    sources
        Functions that give the events of a key range.
    keys
        The range to merge.
    pieces
        Into how many equal ranges of keys to cut it: what bounds the memory.

    Yields
    ------
    pyarrow.Table
        Sorted by key; equal keys keep the order of the sources.
    """
    for piece in split_keys(keys, pieces):
        yield sort_by_key(pa.concat_tables([source(piece) for source in sources]))


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
    order = np.argsort(table.column("key").to_numpy(), kind="stable")
    return table.take(pa.array(order))


class ShardWriter:
    """Writes tables to one Parquet file, each as row groups of its own.

    Parameters
    ----------
    path
        The file to write; use it with `write_whole`.
    schema
        Schema of the tables, with the layout in its metadata.
    provenance
        Where the file comes from: stored as JSON in its metadata.
    """

    def __init__(self, path: Path, schema: pa.Schema, provenance: Mapping[str, Any]) -> None:
        metadata = {**(schema.metadata or {}), b"rapidmass.provenance": json.dumps(provenance)}
        text_columns = [field.name for field in schema if pa.types.is_string(field.type)]
        self._writer = pq.ParquetWriter(
            path,
            schema.with_metadata(metadata),
            compression="zstd",
            compression_level=1,
            use_dictionary=text_columns or False,
            use_byte_stream_split=["rmm.list.element"],
            write_statistics=["key"],
        )

    def __enter__(self) -> "ShardWriter":
        return self

    def __exit__(self, *_: object) -> None:
        self._writer.close()

    def write(self, table: pa.Table) -> None:
        """Write rows, sorted by key and beyond those written before."""
        if table.num_rows:
            self._writer.write_table(table, row_group_size=ROWS_PER_GROUP)
