"""Events of signals beside those of the background, half of each in every batch."""

from collections.abc import Generator, Mapping, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from rapidmass.datasets.splits import Part
from rapidmass.models.inputs.batches import AnyBatch, Batch, take_dense
from rapidmass.models.inputs.buffers import Buffers
from rapidmass.models.inputs.loader import Recipe, iterate_batches
from rapidmass.models.inputs.shares import WHOLE, Share
from rapidmass.storage.event_keys import derive_seed

READ_AT_ONCE = 8192


class SignalEvents:
    """All events of the training part of signals, in memory, drawn in turn.

    Where signals are rare, a batch of all events would often have none of them. So half of each
    batch is signal, and weights make up for it: the expected gradient is that of all events.

    Parameters
    ----------
    paths
        Files of signals.
    recipe
        Which events to take, and what to make of them; with `class_weights` and a `target`.
    sampling
        By class, factor on weights where both classes are drawn equally often.
    """

    def __init__(
        self, paths: Sequence[Path], recipe: Recipe, sampling: Mapping[str, float]
    ) -> None:
        read = list(take_dense(iterate_signals(paths, recipe, "training", READ_AT_ONCE)))
        self._events = _join_all(read)
        self._sampling = sampling
        self._order: tuple[tuple[int, int], NDArray[np.int64]] = ((-1, -1), np.empty(0, np.int64))

    def __len__(self) -> int:
        return len(self._events.x)

    def mix(
        self,
        batches: Generator[AnyBatch, None, None],
        *,
        size: int,
        first: int,
        seed: int,
        share: Share = WHOLE,
    ) -> Generator[Batch, None, None]:
        """Add as many events of signals to each batch of background as it has.

        Parameters
        ----------
        batches
            Background.
        size
            Events in all batches but the last.
        first
            Number of the first batch: those before it have taken events of signals, too.
        seed
            Decides the order of the events of signals, anew each time that all were taken.
        share
            Whose events the batches of background hold.

        Yields
        ------
        Batch
            Background, then signals.
        """
        start, stop = share.find(size)
        buffers = Buffers(2 * (stop - start), self._events.x.shape[1])
        try:
            for number, batch in enumerate(take_dense(batches), first):
                events = len(batch.weight)
                rows = self._choose(number * size, events, seed)
                yield self._join(batch, rows, buffers)
        finally:
            batches.close()

    def _choose(self, start: int, number: int, seed: int) -> NDArray[np.int64]:
        """Choose the events at some places of a row in which all come once, then all again, ..."""
        places = np.arange(start, start + number)
        turns, within = np.divmod(places, len(self))
        rows = np.empty(number, dtype=np.int64)
        for turn in np.unique(turns):
            if self._order[0] != (seed, turn):
                generator = np.random.default_rng(derive_seed(seed, "signals", int(turn)))
                self._order = (seed, int(turn)), generator.permutation(len(self))
            mine = turns == turn
            rows[mine] = self._order[1][within[mine]]
        return rows

    def _join(self, batch: Batch, rows: NDArray[np.int64], buffers: Buffers) -> Batch:
        here = batch.rows
        signal = _take(self._events, rows if here is None else rows[here])
        half = len(signal.x)
        x = buffers.make()[: 2 * half]
        x[:half], x[half:] = batch.x, signal.x
        mask = None
        if batch.mask is not None and signal.mask is not None:
            mask = buffers.make()[: 2 * half]
            mask[:half], mask[half:] = batch.mask, signal.mask
        weights = [
            weight * np.float32(self._sampling[kind])
            for kind, weight in (
                ("background", batch.weight),
                ("signal", self._events.weight[rows]),
            )
        ]
        return Batch(
            x,
            np.concatenate(weights),
            mask,
            None,
            _concatenate((batch.label, signal.label)),
            None if here is None else np.concatenate((here, len(rows) + here)),
        )


def _take(events: Batch, rows: NDArray[np.int64]) -> Batch:
    mask, label = (None if part is None else part[rows] for part in (events.mask, events.label))
    return Batch(events.x[rows], events.weight[rows], mask, None, label)


def _join_all(batches: Sequence[Batch]) -> Batch:
    return Batch(
        np.concatenate([batch.x for batch in batches]),
        np.concatenate([batch.weight for batch in batches]),
        _concatenate([batch.mask for batch in batches]),
        None,
        _concatenate([batch.label for batch in batches]),
    )


def _concatenate(parts: Sequence[NDArray[np.float32] | None]) -> NDArray[np.float32] | None:
    """Join what batches have; nothing, where they have nothing."""
    there = [part for part in parts if part is not None]
    return np.concatenate(there) if there else None


def iterate_signals(
    paths: Sequence[Path],
    recipe: Recipe,
    part: Part,
    batch_size: int,
    share: Share = WHOLE,
) -> Generator[AnyBatch, None, None]:
    """Stream one part of the files of signals in batches, in their order.

    Parameters
    ----------
    paths
        Files of signals.
    recipe
        Which events to take, and what to make of them.
    part
        Which part.
    batch_size
        Events in a batch at most.
    share
        Whose events of each batch to make.

    Yields
    ------
    Batch or PackedBatch
        Of one signal.
    """
    for path in paths:
        yield from iterate_batches(
            path, recipe, part=part, batch_size=batch_size, shuffle_seed=None, share=share
        )
