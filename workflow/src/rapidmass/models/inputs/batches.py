"""Batches of events for a network, put together from rows of several row groups."""

from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from rapidmass.models.inputs.buffers import Buffers
from rapidmass.models.inputs.packed import Packed, join_packed, number_columns
from rapidmass.models.inputs.scaler import Scaler
from rapidmass.models.inputs.shares import WHOLE, Share, list_rows
from rapidmass.representations.base import Encoded, Filled


class Batch(NamedTuple):
    """Events for one step of an optimiser.

    Parameters
    ----------
    x
        Shape (events, features), float32: scaled elements.
    weight
        Shape (events,), float32: event weights, of mean 1 over the training part. Of all events,
        also where only some are here.
    mask
        Shape (events, features), float32: 1 where an event has the element, else 0; None if not
        wanted.
    augmented
        Shape (events, features), float32: scaled elements of the augmented events; None without
        copies.
    label
        Shape (events,), float32: what the events are; None without a target.
    rows
        Which events of the batch are here, where several processes share it; None: all of them.
    """

    x: NDArray[np.float32]
    weight: NDArray[np.float32]
    mask: NDArray[np.float32] | None = None
    augmented: NDArray[np.float32] | None = None
    label: NDArray[np.float32] | None = None
    rows: NDArray[np.int64] | None = None


class PackedBatch(NamedTuple):
    """Events for one step of an optimiser, to be made dense and scaled where the network is.

    Parameters
    ----------
    x
        Filled elements.
    weight, label, rows
        As of a `Batch`.
    augmented
        Filled elements of the augmented events; None without copies.
    """

    x: Packed
    weight: NDArray[np.float32]
    augmented: Packed | None = None
    label: NDArray[np.float32] | None = None
    rows: NDArray[np.int64] | None = None


AnyBatch = Batch | PackedBatch


def take_dense(batches: Iterable[AnyBatch]) -> Iterator[Batch]:
    """Go through batches that must be dense.

    Parameters
    ----------
    batches
        Of a recipe that does not pack.

    Yields
    ------
    Batch
        Each of them.

    Raises
    ------
    TypeError
        If one is packed.
    """
    for batch in batches:
        if not isinstance(batch, Batch):
            raise TypeError("these batches are packed: make them with a recipe that does not pack")
        yield batch


class Assembler(ABC):
    """Puts a batch together from rows of row groups.

    Parameters
    ----------
    scaler
        Of the elements.
    features
        Flat indices of the elements to keep.
    size
        Events in a batch.
    share
        Whose events of each batch to put together.
    """

    def __init__(
        self,
        scaler: Scaler,
        features: NDArray[np.int64],
        size: int,
        share: Share = WHOLE,
    ) -> None:
        self._scaler = scaler
        self._features = features
        self._size = size
        self._share = share
        self._place = share.find(size)
        self._weights: list[NDArray[np.float32]] = []
        self._labels: list[NDArray[np.float32]] = []
        self._filled = 0

    @property
    def room(self) -> int:
        """Number of events that the batch at hand still lacks."""
        return self._size - self._filled

    @abstractmethod
    def turn_to(self, encoded: Sequence[Encoded]) -> None:
        """Take what comes next from these prepared events: those of a file, and their copies."""

    def add(
        self,
        rows: NDArray[np.int64],
        weight: NDArray[np.float64],
        label: NDArray[np.float32] | None,
    ) -> None:
        """Add some of these events to the batch at hand, not more than there is room for."""
        here = slice(*(max(place - self._filled, 0) for place in self._place))
        self._add_rows(rows[here])
        self._filled += len(rows)
        self._weights.append(weight.astype(np.float32))
        if label is not None:
            self._labels.append(label[here])

    def finish(self) -> AnyBatch:
        """Hand out the batch at hand, and begin another."""
        weight = np.concatenate(self._weights)
        label = np.concatenate(self._labels) if self._labels else None
        batch = self._hand_out(weight, label, list_rows(self._share, self._size, self._filled))
        self._weights, self._labels, self._filled = [], [], 0
        return batch

    @abstractmethod
    def _add_rows(self, rows: NDArray[np.int64]) -> None:
        """Add the elements of events."""

    @abstractmethod
    def _hand_out(
        self,
        weight: NDArray[np.float32],
        label: NDArray[np.float32] | None,
        rows: NDArray[np.int64] | None,
    ) -> AnyBatch:
        """Join elements with weights and labels, and forget them."""


class DenseAssembler(Assembler):
    """Makes elements dense and scales them, in memory that is used again.

    Parameters
    ----------
    scaler, features, size, share
        As of an `Assembler`.
    needs_mask
        Whether batches tell which elements are present.
    """

    def __init__(
        self,
        scaler: Scaler,
        features: NDArray[np.int64],
        size: int,
        share: Share = WHOLE,
        *,
        needs_mask: bool,
    ) -> None:
        super().__init__(scaler, features, size, share)
        self._needs_mask = needs_mask
        self._buffers = Buffers(self._place[1] - self._place[0], len(features))
        self._made = 0
        self._encoded: Sequence[Encoded] = ()
        self._dense: list[NDArray[np.float32]] = []
        self._mask: NDArray[np.float32] | None = None

    def turn_to(self, encoded: Sequence[Encoded]) -> None:
        """Take what comes next from these prepared events."""
        self._encoded = encoded

    def _add_rows(self, rows: NDArray[np.int64]) -> None:
        if not self._dense:
            self._dense = [self._buffers.make() for _ in self._encoded]
            self._mask = self._buffers.make() if self._needs_mask else None
        place = slice(self._made, self._made + len(rows))
        self._made = place.stop
        for number, (encoded, dense) in enumerate(zip(self._encoded, self._dense, strict=True)):
            mask = None if self._mask is None or number else self._mask[place]
            self._scaler.fill(encoded.take(rows), self._features, dense[place], mask)

    def _hand_out(
        self,
        weight: NDArray[np.float32],
        label: NDArray[np.float32] | None,
        rows: NDArray[np.int64] | None,
    ) -> Batch:
        x, *augmented = (dense[: self._made] for dense in self._dense)
        mask = None if self._mask is None else self._mask[: self._made]
        self._dense, self._mask, self._made = [], None, 0
        return Batch(x, weight, mask, augmented[0] if augmented else None, label, rows)


class PackingAssembler(Assembler):
    """Picks filled elements, which are neither made dense nor scaled."""

    def __init__(
        self,
        scaler: Scaler,
        features: NDArray[np.int64],
        size: int,
        share: Share = WHOLE,
    ) -> None:
        super().__init__(scaler, features, size, share)
        self._columns = number_columns(len(scaler.scale), features)
        self._listed: list[Filled] = []
        self._parts: list[list[Packed]] = []

    def turn_to(self, encoded: Sequence[Encoded]) -> None:
        """Take what comes next from these prepared events, which must store filled elements."""
        listed = (events.list_filled() for events in encoded)
        self._listed = [filled for filled in listed if filled is not None]

    def _add_rows(self, rows: NDArray[np.int64]) -> None:
        from rapidmass.models.inputs.packing import pack_rows  # imports numba: where it is needed

        self._parts.append([pack_rows(filled, rows, self._columns) for filled in self._listed])

    def _hand_out(
        self,
        weight: NDArray[np.float32],
        label: NDArray[np.float32] | None,
        rows: NDArray[np.int64] | None,
    ) -> PackedBatch:
        x, *augmented = (join_packed(parts) for parts in zip(*self._parts, strict=True))
        self._parts = []
        return PackedBatch(x, weight, augmented[0] if augmented else None, label, rows)
