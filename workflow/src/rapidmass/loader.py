"""Batches of scaled matrices from a megaset, made one thread ahead of whoever trains."""

from collections import deque
from collections.abc import Generator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from rapidmass.config.architecture import NegativeWeights
from rapidmass.identity import draw_uniform
from rapidmass.parts import Part, select_part
from rapidmass.rmm.blocks import take_events
from rapidmass.scaling import Scaler
from rapidmass.shards import open_shard
from rapidmass.tables import check_layout, get_matrices

BATCHES_AHEAD = 2
ALIGNMENT = 64  # bytes: matrix products round alike only where arrays are aligned alike


class Batch(NamedTuple):
    """Events for one step of an optimiser.

    Parameters
    ----------
    x
        Shape (events, cells), float32: scaled cells.
    weight
        Shape (events,), float32: event weights, of mean 1 over the training part.
    """

    x: NDArray[np.float32]
    weight: NDArray[np.float32]


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
    if negative_weights == "keep":
        mean = scaler.mean_weight
    elif negative_weights == "absolute":
        mean = (scaler.sum_positive - scaler.sum_negative) / scaler.n_events
    else:
        mean = scaler.sum_positive / max(scaler.n_events - scaler.n_negative, 1)
    if not mean > 0:
        raise ValueError(
            f"the mean weight of the training events is {mean:g} pb with "
            f"negative_weights: {negative_weights}; it must be positive, so check the weights "
            "or treat negative ones differently"
        )
    return mean


def iterate_batches(
    path: Path,
    scaler: Scaler,
    cells: NDArray[np.int64],
    *,
    part: Part,
    validation_fraction: float,
    batch_size: int,
    shuffle_seed: int | None,
    negative_weights: NegativeWeights,
    first: int = 0,
) -> Generator[Batch, None, None]:
    """Stream one part of a megaset in batches.

    Rows of a megaset are in random order already; to vary the order, row groups are permuted, and
    rows inside each of them, as functions of the event keys and the seed.

    Parameters
    ----------
    path
        A megaset.
    scaler
        Scales the cells and knows the mean weight.
    cells
        Flat indices of the cells to keep.
    part, validation_fraction
        Which events to take.
    batch_size
        Events in every batch but the last.
    shuffle_seed
        Another seed gives another order; None keeps the order of the file.
    negative_weights
        What to do with events of negative weight.
    first
        Batch to start with. Those before it are counted, but their matrices are not made.

    Yields
    ------
    Batch
        Memory of its own, aligned to 64 bytes.

    Raises
    ------
    ValueError
        If the file is damaged or of another layout, or the mean weight is not positive.
    """
    batches = _make_batches(
        path,
        _Recipe(scaler, cells, part, validation_fraction, negative_weights),
        batch_size,
        None if shuffle_seed is None else f"shuffle/{shuffle_seed}",
        first,
    )
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


class _Recipe(NamedTuple):
    scaler: Scaler
    cells: NDArray[np.int64]
    part: Part
    validation_fraction: float
    negative_weights: NegativeWeights


def _make_batches(
    path: Path, recipe: _Recipe, batch_size: int, salt: str | None, first: int
) -> Generator[Batch, None, None]:
    scaler = recipe.scaler
    unit = 1.0 / get_mean_weight(scaler, recipe.negative_weights)
    with open_shard(path) as parquet:
        check_layout(scaler.layout, parquet.schema_arrow, path)
        columns = ["key", "weight", *(f"n_{name}" for name in scaler.layout.types), "rmm"]
        batch, filled = _make_batch(batch_size, len(recipe.cells)), 0
        skipped = first * batch_size
        for group in _permute(np.arange(parquet.num_row_groups), salt):
            if skipped:
                table = parquet.read_row_group(int(group), columns=columns[:2], use_threads=False)
                n_rows = len(_choose_rows(table, recipe, salt)[0])
                if n_rows <= skipped:
                    skipped -= n_rows
                    continue
            table = parquet.read_row_group(int(group), columns=columns, use_threads=False)
            rows, weight = _choose_rows(table, recipe, salt)
            matrices = get_matrices(table)
            start, skipped = skipped, 0
            while start < len(rows):
                stop = min(start + batch_size - filled, len(rows))
                end = filled + stop - start
                chosen = take_events(matrices, rows[start:stop])
                scaler.transform(chosen, recipe.cells, out=batch.x[filled:end])
                batch.weight[filled:end] = weight[start:stop] * unit
                start, filled = stop, end
                if filled == batch_size:
                    yield batch
                    batch, filled = _make_batch(batch_size, len(recipe.cells)), 0
    if filled:
        yield Batch(batch.x[:filled], batch.weight[:filled])


def _choose_rows(
    table: pa.Table, recipe: _Recipe, salt: str | None
) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    keys = table.column("key").to_numpy()
    weight = table.column("weight").to_numpy()
    chosen = select_part(keys, recipe.part, recipe.validation_fraction)
    if recipe.negative_weights == "drop":
        chosen &= weight >= 0
    elif recipe.negative_weights == "absolute":
        weight = np.abs(weight)
    rows = np.flatnonzero(chosen)
    order = _permute(keys[rows], salt)
    return rows[order], weight[rows[order]]


def _permute(keys: NDArray[np.integer], salt: str | None) -> NDArray[np.int64]:
    if salt is None:
        return np.arange(len(keys))
    return np.argsort(draw_uniform(keys.astype(np.uint64), salt), kind="stable")


def _make_batch(n_events: int, n_cells: int) -> Batch:
    itemsize = np.dtype(np.float32).itemsize
    memory = np.empty(n_events * n_cells + ALIGNMENT // itemsize, dtype=np.float32)
    first = -memory.ctypes.data % ALIGNMENT // itemsize
    x = memory[first : first + n_events * n_cells].reshape(n_events, n_cells)
    return Batch(x, np.empty(n_events, dtype=np.float32))
