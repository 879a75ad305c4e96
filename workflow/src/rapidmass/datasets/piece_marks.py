"""What the shard of a piece says of its file, so that only pieces of one file are joined."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

import pyarrow as pa
import pyarrow.parquet as pq

from rapidmass.ntuples.access.pieces import Piece

KEY: Final = b"rapidmass.piece"


def mark_piece(table: pa.Table, piece: Piece, entries: int, version: str | None) -> pa.Table:
    """Write in the metadata of a table which piece it is of.

    Parameters
    ----------
    table
        Events of the piece.
    piece
        Which one.
    entries
        Entries of the whole file.
    version
        What tells the file from others in its place; None if it was not read.

    Returns
    -------
    pyarrow.Table
        The same events.
    """
    mark = json.dumps([piece.number, piece.of, entries, version]).encode()
    return table.replace_schema_metadata({**(table.schema.metadata or {}), KEY: mark})


def unmark(table: pa.Table) -> pa.Table:
    """Take out of the metadata of a table which piece it is of."""
    metadata = table.schema.metadata or {}
    return table.replace_schema_metadata({k: v for k, v in metadata.items() if k != KEY})


def check_pieces(shards: Sequence[Path], origin: str) -> None:
    """Make sure that shards are those of all pieces of a file, as it is.

    Parameters
    ----------
    shards
        Of the pieces, in order.
    origin
        What to call the file in an error.

    Raises
    ------
    ValueError
        If the file was another one, or had another number of entries, for some pieces, or these are
        not all of it.
    """
    marks = [_read_mark(path) for path in shards]
    if [mark[:2] for mark in marks] != [[k, len(marks)] for k in range(1, len(marks) + 1)]:
        raise ValueError(f"{origin}: these are not all pieces of it: {', '.join(map(str, shards))}")
    versions = [(entries, version) for _, _, entries, version in marks]
    if len(set(versions)) > 1:
        place = next(k for k, version in enumerate(versions) if version != versions[0])
        raise ValueError(
            f"{origin} changed while its pieces were read: for {shards[0]} it was "
            f"{_spell(*versions[0])}, and for {shards[place]} {_spell(*versions[place])}; remove "
            f"{shards[0].parent}, and start the run again"
        )


def _spell(entries: int, version: str | None) -> str:
    return f"a file of {entries} entries ({version or 'not read'})"


def _read_mark(path: Path) -> list[Any]:
    try:
        mark = (pq.read_schema(path).metadata or {}).get(KEY)
    except pa.ArrowInvalid as error:
        raise ValueError(f"{path} is damaged ({error}); remove it to have it rebuilt") from error
    if mark is None:
        raise ValueError(f"{path} is no shard of a piece; remove it to have it rebuilt")
    found: list[Any] = json.loads(mark)
    return found
