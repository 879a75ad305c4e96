"""Tables of events in Parquet: written sorted by key, read by key range.

Rows are sorted by event key; each row group is a range of keys. What the columns mean is in
`rapidmass.storage.tables`.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from rapidmass.storage.tables import ALL_KEYS, KeyRange, check_format, slice_events

CONTENT = b"rapidmass.content"
ROWS_PER_GROUP = 65_536
# Ten megasets read each of ten borders' groups twice: 74 groups instead of 64.
GROUPS_PER_SHARD = 64
ROWS_WORTH_A_GROUP = 2048


def count_groups(rows: int) -> int:
    """Count the key ranges that a shard is written in, each as one row group.

    Parameters
    ----------
    rows
        Rows of the shard.

    Returns
    -------
    int
        A power of two: one for a tiny shard, up to `GROUPS_PER_SHARD` while groups have about
        `ROWS_WORTH_A_GROUP` rows, and beyond that as many as keep below `ROWS_PER_GROUP` rows.
    """
    groups = 1
    while groups < GROUPS_PER_SHARD and rows >= 2 * groups * ROWS_WORTH_A_GROUP:
        groups *= 2
    while rows > 0.95 * groups * ROWS_PER_GROUP:  # keys fill ranges unevenly, by a few per cent
        groups *= 2
    return groups


def open_parquet(path: Path) -> pq.ParquetFile:
    """Open a Parquet file for reading in pieces.

    Parameters
    ----------
    path
        The file.

    Returns
    -------
    pyarrow.parquet.ParquetFile
        It holds no more than the piece that is read; with Arrow's own choice it would hold all that
        was read before.
    """
    return pq.ParquetFile(path, pre_buffer=False)


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
        parquet = open_parquet(path)
    except pa.ArrowInvalid as error:
        raise ValueError(f"{path} is damaged ({error}); remove it to have it rebuilt") from error
    check_format(parquet.schema_arrow, str(path))
    return parquet


def read_content(path: Path) -> str | None:
    """Read what tells whether two shards hold the same events.

    Parameters
    ----------
    path
        A shard or megaset.

    Returns
    -------
    str or None
        Equal if they do; None if nothing tells.
    """
    with open_shard(path) as parquet:
        content = (parquet.schema_arrow.metadata or {}).get(CONTENT)
    return None if content is None else content.decode()


def read_shard(
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
        groups = list(_find_groups(parquet, keys))
        table = parquet.read_row_groups(groups, columns=wanted, use_threads=False)
    return slice_events(table, keys)


def iterate_range(path: Path, keys: KeyRange) -> Iterator[pa.Table]:
    """Read the events of a key range piece by piece, each row group that overlaps it once.

    Parameters
    ----------
    path
        A shard or megaset.
    keys
        The range.

    Yields
    ------
    pyarrow.Table
        Rows sorted by key, piece after piece; at least one table, which may be empty.
    """
    with open_shard(path) as parquet:
        yield parquet.schema_arrow.empty_table()
        for group in _find_groups(parquet, keys):
            yield slice_events(parquet.read_row_group(group, use_threads=False), keys)


def _find_groups(parquet: pq.ParquetFile, keys: KeyRange) -> Iterator[int]:
    column = parquet.schema_arrow.get_field_index("key")
    for group in range(parquet.num_row_groups):
        statistics = parquet.metadata.row_group(group).column(column).statistics
        if statistics.min < keys.high and statistics.max >= keys.low:
            yield group


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


class ShardWriter:
    """Writes tables to one Parquet file, each as row groups of its own.

    Parameters
    ----------
    path
        The file to write; use it with `write_whole`.
    schema
        Schema of the tables, with all that their columns mean in its metadata.
    provenance
        Where the file comes from: stored as JSON in its metadata.
    content
        What tells whether another shard holds the same events; None if nothing does.
    """

    def __init__(
        self,
        path: Path,
        schema: pa.Schema,
        provenance: Mapping[str, Any],
        content: str | None = None,
    ) -> None:
        metadata = {
            **(schema.metadata or {}),
            b"rapidmass.provenance.requests": json.dumps(provenance),
        }
        metadata.pop(CONTENT, None)  # of a shard that the events come from
        if content is not None:
            metadata[CONTENT] = content
        text_columns = [field.name for field in schema if pa.types.is_string(field.type)]
        floats = [path for field in schema for path in _list_floats(field.name, field.type)]
        self._writer = pq.ParquetWriter(
            path,
            schema.with_metadata(metadata),
            compression="zstd",
            compression_level=1,
            use_dictionary=text_columns or False,
            column_encoding={
                "key": "DELTA_BINARY_PACKED",  # keys rise
                **dict.fromkeys(floats, "BYTE_STREAM_SPLIT"),
            },
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


def _list_floats(path: str, kind: pa.DataType) -> Iterator[str]:
    """List the columns of Parquet that hold numbers of 32 bits, also those in lists."""
    if pa.types.is_float32(kind):
        yield path
    elif pa.types.is_list(kind):
        yield from _list_floats(f"{path}.list.element", kind.value_type)
    elif pa.types.is_struct(kind):
        for field in kind:
            yield from _list_floats(f"{path}.{field.name}", field.type)


class GroupedWriter:
    """Writes tables of any size to one Parquet file, in row groups of one size.

    Parameters
    ----------
    path, schema, provenance
        As for `ShardWriter`.
    rows
        Rows of every row group but the last.
    """

    def __init__(
        self,
        path: Path,
        schema: pa.Schema,
        provenance: Mapping[str, Any],
        rows: int = ROWS_PER_GROUP,
    ) -> None:
        self._writer = ShardWriter(path, schema, provenance)
        self._rows = rows
        self._waiting = schema.empty_table()

    def __enter__(self) -> "GroupedWriter":
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        with self._writer:
            if kind is None:
                self._writer.write(self._waiting)

    def write(self, table: pa.Table) -> None:
        """Write rows, sorted by key and beyond those written before."""
        waiting = pa.concat_tables([self._waiting, table])
        while waiting.num_rows >= self._rows:
            self._writer.write(waiting.slice(0, self._rows))
            waiting = waiting.slice(self._rows)
        self._waiting = waiting
