"""Batches of scaled matrices from a megaset, made one thread ahead of whoever trains."""

from collections import deque
from collections.abc import Generator, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from rapidmass.config.models.network import NegativeWeights
from rapidmass.datasets.splits import Part, leave_out, select_part
from rapidmass.models.inputs.buffers import Buffers
from rapidmass.models.inputs.event_weights import list_columns, sum_weights, treat_weights
from rapidmass.models.inputs.scaler import Scaler
from rapidmass.representations.rmm.blocks import take_events
from rapidmass.representations.rmm.columns import check_layout, get_matrices
from rapidmass.representations.rmm.sparse import SparseMatrices
from rapidmass.storage.event_keys import draw_uniform
from rapidmass.storage.parquet import open_shard

BATCHES_AHEAD = 2


class Batch(NamedTuple):
    """Events for one step of an optimiser.

    Parameters
    ----------
    x
        Shape (events, cells), float32: scaled cells.
    weight
        Shape (events,), float32: event weights, of mean 1 over the training part.
    present
        Shape (events, cells), float32: 1 where an event has the cell, else 0; None if not wanted.
    copy
        Shape (events, cells), float32: scaled cells of the distorted copies; None without copies.
    """

    x: NDArray[np.float32]
    weight: NDArray[np.float32]
    present: NDArray[np.float32] | None = None
    copy: NDArray[np.float32] | None = None


@dataclass(frozen=True, eq=False)
class Recipe:
    """Which events to take from a megaset, and what to make of them.

    Parameters
    ----------
    scaler
        Scales the cells and knows the weights of the training part.
    cells
        Flat indices of the cells to keep.
    validation_fraction
        Fraction of events in the validation part.
    negative_weights
        What to do with events of negative weight.
    without
        Channel to leave out.
    needs_presence
        Whether batches tell which cells are present.
    """

    scaler: Scaler
    cells: NDArray[np.int64]
    validation_fraction: float
    negative_weights: NegativeWeights
    without: str | None = None
    needs_presence: bool = False


def get_mean_weight(scaler: Scaler, negative_weights: NegativeWeights) -> float:
    """Get the mean weight of the training part after negative weights were treated.

    Parameters
    ----------
    scaler
        Knows the sums of the weights.
    negative_weights
        What is done with negative weights.

    Returns
    -------
    float
        In pb.

    Raises
    ------
    ValueError
        If it is not positive: nothing can be trained on such a sample.
    """
    dropped = scaler.n_negative if negative_weights == "drop" else 0
    mean = sum_weights(scaler, negative_weights) / max(scaler.n_events - dropped, 1)
    if not mean > 0:
        raise ValueError(
            f"the mean weight of the training events is {mean:g} pb with "
            f"negative_weights: {negative_weights}; it must be positive, so check the weights "
            "or treat negative ones differently"
        )
    return mean


def iterate_batches(
    path: Path,
    recipe: Recipe,
    *,
    part: Part,
    batch_size: int,
    shuffle_seed: int | None,
    first: int = 0,
    copies: Path | None = None,
) -> Generator[Batch, None, None]:
    """Stream one part of a megaset in batches.

    Rows of a megaset are in random order already; to vary the order, row groups are permuted, and
    rows inside each of them, as functions of the event keys and the seed.

    Parameters
    ----------
    path
        A megaset.
    recipe
        Which events to take, and what to make of them.
    part
        Part of the megaset.
    batch_size
        Events in every batch but the last.
    shuffle_seed
        Another seed gives another order; None keeps the order of the file.
    first
        Batch to start with. Those before it are counted, but their matrices are not made.
    copies
        The megaset of the distorted copies of the same events, row by row.

    Yields
    ------
    Batch
        Memory of its own, aligned to 64 bytes.

    Raises
    ------
    ValueError
        If a file is damaged or of another layout, copies are not those of the events, or the mean
        weight is not positive.
    """
    salt = None if shuffle_seed is None else f"shuffle/{shuffle_seed}"
    batches = _Maker(recipe, part, batch_size, salt).make(path, copies, first)
    # One worker: the calls run one after the other, and an exception comes out of result().
    pool = ThreadPoolExecutor(max_workers=1, thread_name_prefix="loader")
    try:
        ahead = deque(pool.submit(next, batches, None) for _ in range(BATCHES_AHEAD))
        while (batch := ahead.popleft().result()) is not None:
            ahead.append(pool.submit(next, batches, None))
            yield batch
    finally:
        pool.shutdown(wait=True, cancel_futures=True)
        batches.close()


@dataclass(frozen=True, eq=False)
class _Maker:
    recipe: Recipe
    part: Part
    batch_size: int
    salt: str | None

    def make(self, path: Path, copies: Path | None, first: int) -> Generator[Batch, None, None]:
        unit = 1.0 / get_mean_weight(self.recipe.scaler, self.recipe.negative_weights)
        with ExitStack() as stack:
            files = [
                stack.enter_context(open_shard(name)) for name in (path, copies) if name is not None
            ]
            for name, file in zip((path, copies), files, strict=False):
                check_layout(self.recipe.scaler.layout, file.schema_arrow, name or path)
            buffers = Buffers(self.batch_size, len(self.recipe.cells))
            batch, filled = self._make_batch(buffers, copies is not None), 0
            for tables, rows, weight, start in self._choose(files, first * self.batch_size):
                matrices = [self.recipe.scaler.prepare(get_matrices(table)) for table in tables]
                begin = start
                while begin < len(rows):
                    stop = min(begin + self.batch_size - filled, len(rows))
                    end = filled + stop - begin
                    self._fill(batch, slice(filled, end), matrices, rows[begin:stop])
                    batch.weight[filled:end] = weight[begin:stop] * unit
                    begin, filled = stop, end
                    if filled == self.batch_size:
                        yield batch
                        batch, filled = self._make_batch(buffers, copies is not None), 0
        if filled:
            yield _cut(batch, filled)

    def _choose(
        self, files: Sequence[pq.ParquetFile], skipped: int
    ) -> Iterator[tuple[list[pa.Table], NDArray[np.int64], NDArray[np.float64], int]]:
        """Go through row groups: their tables, chosen rows, weights, and the row to begin with."""
        layout = self.recipe.scaler.layout
        wanted = {"key", *list_columns(self.recipe.negative_weights)}
        few = sorted(wanted | {"channel"} if self.recipe.without else wanted)
        columns = [*few, *(f"n_{name}" for name in layout.types), "rmm"]
        for group in _permute(np.arange(files[0].num_row_groups), self.salt):
            if skipped:
                table = files[0].read_row_group(int(group), columns=few, use_threads=False)
                n_rows = len(self._choose_rows(table)[0])
                if n_rows <= skipped:
                    skipped -= n_rows
                    continue
            tables = [
                f.read_row_group(int(group), columns=columns, use_threads=False) for f in files
            ]
            _check_same(tables)
            yield tables, *self._choose_rows(tables[0]), skipped
            skipped = 0

    def _choose_rows(self, table: pa.Table) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
        recipe = self.recipe
        keys = table.column("key").to_numpy()
        chosen, weight = treat_weights(table, recipe.scaler, recipe.negative_weights)
        chosen &= select_part(keys, self.part, recipe.validation_fraction)
        chosen &= leave_out(table, recipe.without)
        rows = np.flatnonzero(chosen)
        order = _permute(keys[rows], self.salt)
        return rows[order], weight[rows[order]]

    def _fill(
        self,
        batch: Batch,
        place: slice,
        matrices: Sequence[SparseMatrices],
        rows: NDArray[np.int64],
    ) -> None:
        scaler, cells = self.recipe.scaler, self.recipe.cells
        present = None if batch.present is None else batch.present[place]
        scaler.spread(take_events(matrices[0], rows), cells, batch.x[place], present)
        if batch.copy is not None:
            scaler.spread(take_events(matrices[1], rows), cells, batch.copy[place])

    def _make_batch(self, buffers: Buffers, has_copies: bool) -> Batch:
        return Batch(
            buffers.make(),
            np.empty(self.batch_size, dtype=np.float32),
            buffers.make() if self.recipe.needs_presence else None,
            buffers.make() if has_copies else None,
        )


def _cut(batch: Batch, n_events: int) -> Batch:
    present, copy = (None if part is None else part[:n_events] for part in batch[2:])
    return Batch(batch.x[:n_events], batch.weight[:n_events], present, copy)


def _check_same(tables: Sequence[pa.Table]) -> None:
    keys = [table.column("key") for table in tables]
    if any(other != keys[0] for other in keys[1:]):
        raise ValueError(
            "a megaset and that of its distorted copies hold other events; remove the copies to "
            "have them made again"
        )


def _permute(keys: NDArray[np.integer], salt: str | None) -> NDArray[np.int64]:
    if salt is None:
        return np.arange(len(keys))
    drawn = draw_uniform(keys.astype(np.uint64), salt)
    order = np.argsort(drawn)
    if np.any(np.diff(drawn[order]) == 0):  # the fast way may leave equal ones in any order
        order = np.argsort(drawn, kind="stable")
    return order
