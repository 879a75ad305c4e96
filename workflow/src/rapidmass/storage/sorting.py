"""Sorting of events by key, with bounded memory and one pass over what comes in."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import pairwise
from pathlib import Path
from tempfile import TemporaryDirectory
from types import TracebackType
from typing import Any

import numpy as np
import pyarrow as pa

from rapidmass.storage.parquet import ShardWriter, count_groups
from rapidmass.storage.tables import ALL_KEYS, KeyRange, slice_events, sort_by_key, split_keys

BYTES_IN_MEMORY = 128 * 2**20
SHARES = 8  # in which they are laid on piles
MOST_TABLES = 1024  # that wait for it: each takes kilobytes, however few its events are
# so few that they stay in the processor's cache while they are sorted
ROWS_PER_PILE = 32_768
MOST_PILES = 256


class RepeatedEventError(ValueError):
    """An event that is there twice; the message says where, and what to do."""


class KeySorter:
    """Takes tables of events in any order, and gives all of them back in the order of their keys.

    Events are laid on piles, each for a range of keys, and a pile is sorted when it is asked for.
    While they fit, piles stay in memory; from then on, they wait on disk. What comes in small
    tables is put together first, as each part of a table takes kilobytes on a pile.

    Parameters
    ----------
    folder
        Where to put files; they are gone when the block ends.
    rows
        Events that may come, at most.
    keys
        Their keys are in this range.
    """

    def __init__(self, folder: Path, rows: int, keys: KeyRange = ALL_KEYS) -> None:
        self._folder = TemporaryDirectory(dir=folder, prefix=".sorting-")
        self._keys = keys
        number = min(1 << (rows // ROWS_PER_PILE).bit_length(), MOST_PILES)
        self._piles = [_Pile(Path(self._folder.name, f"{part}.arrow")) for part in range(number)]
        ranges = split_keys(keys, number)
        self._edges = np.array([part.low for part in ranges][1:], dtype=np.uint64)
        self._fresh: list[pa.Table] = []
        self._fresh_bytes = self._held = 0
        self.rows = 0

    def __enter__(self) -> "KeySorter":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        for pile in self._piles:
            pile.close()
        self._folder.cleanup()

    def add(self, table: pa.Table) -> None:
        """Add events, with the columns of all others; may be empty."""
        self._fresh.append(table)
        self._fresh_bytes += table.nbytes
        self.rows += table.num_rows
        if self._fresh_bytes * SHARES > BYTES_IN_MEMORY:
            self._lay_on_piles()
        elif len(self._fresh) > MOST_TABLES:
            self._fresh = [pa.concat_tables(self._fresh).combine_chunks()]

    def _lay_on_piles(self) -> None:
        if not self._fresh:
            return
        table = sort_by_key(pa.concat_tables(self._fresh).combine_chunks())
        self._held += self._fresh_bytes
        self._fresh, self._fresh_bytes = [], 0
        bounds = np.searchsorted(table.column("key").to_numpy(), self._edges).tolist()
        for pile, (start, stop) in zip(
            self._piles, pairwise([0, *bounds, table.num_rows]), strict=True
        ):
            pile.add(table.slice(start, stop - start))
        if self._held > BYTES_IN_MEMORY:
            for pile in self._piles:
                pile.put_aside()
            self._held = 0

    def drain(self, pieces: int) -> Iterator[pa.Table]:
        """Give all events.

        Parameters
        ----------
        pieces
            In how many equal ranges of keys; rounded up to a power of two.

        Yields
        ------
        pyarrow.Table
            The events of one range after the other, sorted by key; equal keys come in the order in
            which they were added.
        """
        self._lay_on_piles()
        pieces = 1 << (pieces - 1).bit_length()
        together = max(len(self._piles) // pieces, 1)
        each = max(pieces // len(self._piles), 1)
        steps = split_keys(self._keys, len(self._piles) // together)
        for step, keys in enumerate(steps):
            piles = self._piles[step * together : (step + 1) * together]
            table = pa.concat_tables([sort_by_key(pile.take()) for pile in piles])
            for part in split_keys(keys, each):
                yield slice_events(table, part)


def find_repeated(table: pa.Table, columns: Sequence[str]) -> Iterator[int]:
    """Find events that are there twice.

    Parameters
    ----------
    table
        Sorted by key; equal events follow each other.
    columns
        What is equal, beside the keys, if two events are one: of 2^64 pairs of different events,
        one has equal keys.

    Yields
    ------
    int
        The row of the first of two.
    """
    keys = table.column("key").to_numpy()
    for row in np.flatnonzero(keys[1:] == keys[:-1]).tolist():
        if all(table.column(name)[row] == table.column(name)[row + 1] for name in columns):
            yield row


def write_sorted(
    tables: Iterable[pa.Table],
    output: Path,
    provenance: Mapping[str, Any],
    count_rows: Callable[[], int],
    *,
    origin: str | None = None,
    tell_content: Callable[[], str | None] = lambda: None,
) -> int:
    """Write events sorted by key, with bounded memory.

    Parameters
    ----------
    tables
        At least one, with equal columns; may be empty.
    output
        The Parquet file to write; use it with `write_whole`.
    provenance
        Stored in the file.
    count_rows
        Tells how many events may come, at most; called when the first table was taken.
    origin
        Where events with columns `run` and `event` come from that must all be different ones.
        Without it, keys may come more than once.
    tell_content
        Called when all tables were taken: what tells whether another shard holds the same events.

    Returns
    -------
    int
        Number of rows. Equal keys keep the order in which they came.

    Raises
    ------
    RepeatedEventError
        If an event comes twice that must not.
    """
    coming = iter(tables)
    table = next(coming)
    with KeySorter(output.parent, count_rows()) as sorter:
        sorter.add(table)
        for table in coming:
            sorter.add(table)
        with ShardWriter(output, table.schema, provenance, tell_content()) as writer:
            for piece in sorter.drain(count_groups(sorter.rows)):
                if origin is not None:
                    _refuse_repeated(piece, origin)
                writer.write(piece)
    return sorter.rows


def _refuse_repeated(table: pa.Table, origin: str) -> None:
    for row in find_repeated(table, ("run", "event")):
        run, event = (table.column(name)[row].as_py() for name in ("run", "event"))
        raise RepeatedEventError(
            f"{origin} holds run {run}, event {event} twice: leave the file out, or set "
            "files.bad_files to quarantine. If these are different events, correct 'identity' of "
            "the ntuple format, or take it out: file and entry name an event then"
        )


class _Pile:
    """Events whose keys are in one range, in memory and in a file."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._waiting: list[pa.Table] = []
        self._writer: pa.ipc.RecordBatchFileWriter | None = None

    def add(self, table: pa.Table) -> None:
        # one empty table tells the columns
        if table.num_rows or not self._waiting:
            self._waiting.append(table)

    def put_aside(self) -> None:
        table = pa.concat_tables(self._waiting).combine_chunks()
        if self._writer is None:
            self._writer = pa.ipc.new_file(self._path, table.schema)
        self._writer.write_table(table)
        self._waiting = [table.schema.empty_table()]

    def take(self) -> pa.Table:
        tables = self._waiting
        if self._writer is not None:
            self.close()
            with pa.OSFile(str(self._path)) as stream:
                tables = [pa.ipc.open_file(stream).read_all(), *tables]
            self._path.unlink()
        self._waiting = []
        return pa.concat_tables(tables)

    def close(self) -> None:
        if self._writer is not None:
            self._writer.close()
