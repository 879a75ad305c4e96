"""Tables of events in memory, one row an event.

`key` is the event's identity, by which files are sorted. The format of this version and the
selection stand in the metadata.
"""

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
import pyarrow as pa

from rapidmass.storage.event_keys import KEY_SPAN

FORMAT = "1"


class KeyRange(NamedTuple):
    """Event keys from `low` up to, not including, `high` (at most 2^64)."""

    low: int = 0
    high: int = KEY_SPAN


ALL_KEYS = KeyRange()


def check_format(schema: pa.Schema, origin: str = "this table") -> None:
    """Make sure that a table or file was made by this version's format.

    Parameters
    ----------
    schema
        Schema of the table or file.
    origin
        What to call it in an error.

    Raises
    ------
    ValueError
        If it was not.
    """
    if (schema.metadata or {}).get(b"rapidmass.format") != FORMAT.encode():
        raise ValueError(f"{origin} is not a rapidmass shard of format {FORMAT}; build it anew")


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
