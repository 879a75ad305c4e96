"""Events with their matrices in Parquet: written sorted by key, read by key range.

Rows are sorted by event key; each row group is a range of keys. What the columns mean is in
`rapidmass.tables`.
"""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from rapidmass.tables import ALL_KEYS, KeyRange, get_layout, slice_events, sort_by_key

ROWS_PER_GROUP = 65_536
ROWS_IN_MEMORY = 262_144
# Enough key ranges in a shard for a megaset to find its own without reading much else.
GROUPS_PER_SHARD = 16
ROWS_WORTH_A_GROUP = 1024


Source = Callable[[KeyRange], pa.Table]


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
