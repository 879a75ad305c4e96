"""Sorting of events by key, with bounded memory and one pass over what comes in."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import pairwise
from pathlib import Path
from tempfile import TemporaryDirectory
from types import TracebackType
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from rapidmass.shards import ShardWriter, count_groups
from rapidmass.tables import ALL_KEYS, KeyRange, split_keys

BYTES_IN_MEMORY = 192 * 2**20
ROWS_TAKEN = 65_536


class KeySorter:
    """Takes tables of events in any order, and gives all of them back in the order of their keys.

    While they fit, they stay in memory. From then on, they wait on disk in one file for each of
    some ranges of keys, each of which fits.

    Parameters
    ----------
    folder
        Where to put these files; they are gone when the block ends.
    rows
        Events that may come, at most.
    keys
        Their keys are in this range.
    """

    def __init__(self, folder: Path, rows: int, keys: KeyRange = ALL_KEYS) -> None:
        self._folder = TemporaryDirectory(dir=folder, prefix=".sorting-")
        self._most_rows, self._keys = rows, keys
        self._waiting: list[pa.Table] = []
        self._held = 0
        self._files: list[_Pile] = []
        self.rows = 0

    def __enter__(self) -> "KeySorter":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        for pile in self._files:
            pile.close()
        self._folder.cleanup()

    def add(self, table: pa.Table) -> None:
        """Add events, with the columns of all others; may be empty."""
        self.rows += table.num_rows
        self._waiting.append(table)
        self._held += table.nbytes
        if self._held > BYTES_IN_MEMORY:
            self._put_aside()

    def _put_aside(self) -> None:
        table = pa.concat_tables(self._waiting)
        if not self._files:
            share = BYTES_IN_MEMORY * table.num_rows / self._held
            number = 1 << int(np.ceil(np.log2(max(self._most_rows / share, 1))))
            names = [Path(self._folder.name, f"{part}.arrow") for part in range(number)]
            self._files = [_Pile(name, table.schema) for name in names]
        ranges = list(split_keys(self._keys, len(self._files)))
        for pile, piece in zip(self._files, _sort(table, ranges), strict=True):
            pile.add(piece)
        self._waiting = [table.slice(0, 0)]
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
        pieces = 1 << (pieces - 1).bit_length()
        if not self._files:
            yield from _sort(pa.concat_tables(self._waiting), list(split_keys(self._keys, pieces)))
            return
        self._put_aside()
        steps = min(pieces, len(self._files))
        together = len(self._files) // steps
        for step, keys in enumerate(split_keys(self._keys, steps)):
            piles = self._files[step * together : (step + 1) * together]
            table = pa.concat_tables([pile.take() for pile in piles])
            yield from _sort(table, list(split_keys(keys, pieces // steps)))


def write_sorted(
    tables: Iterable[pa.Table], output: Path, provenance: Mapping[str, Any], most_rows: int
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
    most_rows
        Events that may come, at most.

    Returns
    -------
    int
        Number of rows. Equal keys keep the order in which they came.
    """
    with KeySorter(output.parent, most_rows) as sorter:
        for table in tables:
            sorter.add(table)
        with ShardWriter(output, table.schema, provenance) as writer:
            for piece in sorter.drain(count_groups(sorter.rows)):
                writer.write(piece)
    return sorter.rows


class _Pile:
    """A file of events whose keys are in one range."""

    def __init__(self, path: Path, schema: pa.Schema) -> None:
        self._path = path
        self._writer = pa.ipc.new_file(path, schema)

    def add(self, table: pa.Table) -> None:
        self._writer.write_table(table)

    def take(self) -> pa.Table:
        self.close()
        with pa.memory_map(str(self._path)) as stream:
            table = pa.ipc.open_file(stream).read_all()
        self._path.unlink()
        return table

    def close(self) -> None:
        self._writer.close()


def _sort(table: pa.Table, ranges: Sequence[KeyRange]) -> Iterator[pa.Table]:
    """Sort, and cut at ranges of keys. No second copy of the whole is ever in memory."""
    keys = table.column("key").to_numpy()
    order = _argsort(keys)
    edges = np.array([following.low for following in ranges[1:]], dtype=np.uint64)
    bounds = [0, *np.searchsorted(keys, edges, sorter=order).tolist(), len(keys)]
    table = table.combine_chunks()
    block, begin = table.slice(0, 0), 0
    for start, stop in pairwise(bounds):
        if stop > begin + block.num_rows:
            # a few large pieces are taken sooner than many small ones
            end = max([stop, *(bound for bound in bounds if bound <= start + ROWS_TAKEN)])
            block, begin = table.take(pa.array(order[start:end])), start
        yield block.slice(start - begin, stop - start)


def _argsort(keys: NDArray[np.uint64]) -> NDArray[np.int64]:
    """Sort stably; by the faster way that is not stable where no two keys are equal."""
    order = np.argsort(keys)
    ordered = keys[order]
    if (ordered[1:] == ordered[:-1]).any():
        order = np.argsort(keys, kind="stable")
    return order
