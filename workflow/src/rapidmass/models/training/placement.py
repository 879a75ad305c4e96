"""Batches on their way to where the network is, ahead of their use."""

from collections.abc import Generator, Sequence
from contextlib import AbstractContextManager, closing, nullcontext
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from rapidmass.models.inputs.ahead import run_ahead
from rapidmass.models.inputs.batches import AnyBatch, Batch
from rapidmass.models.inputs.packed import Packed
from rapidmass.models.networks.base import Inputs
from rapidmass.models.training.expansion import Expansion


class Rows:
    """Dense elements of events, some of which can be had at a time.

    Parameters
    ----------
    x, mask
        Shape (events, features), wherever they are.
    """

    def __init__(self, x: Tensor, mask: Tensor | None = None) -> None:
        self.tensors = [x] if mask is None else [x, mask]

    def get(self, piece: slice, device: torch.device) -> tuple[Tensor, Tensor | None]:
        """Get elements and mask of some events, on a device."""
        x, *mask = (tensor[piece].to(device) for tensor in self.tensors)
        return x, mask[0] if mask else None


class PackedRows:
    """Filled elements of events, some of which can be made dense at a time.

    Parameters
    ----------
    tensors
        Values, columns and counts of `Expansion.expand`, wherever they are.
    packed
        The same events, in the memory of the host.
    expansion
        Makes them dense.
    """

    def __init__(self, tensors: list[Tensor], packed: Packed, expansion: Expansion) -> None:
        self.tensors = tensors
        self._offsets = packed.offsets
        self._leaves_absent = packed.leaves_absent
        self._expansion = expansion

    def get(self, piece: slice, device: torch.device) -> tuple[Tensor, Tensor | None]:
        """Make some events dense, on a device: elements, and mask if the family needs one."""
        start, stop, _ = piece.indices(len(self._offsets) - 1)
        inside = slice(self._offsets[start], self._offsets[stop])
        places = inside, inside, slice(start, stop)
        found = (t[place].to(device) for t, place in zip(self.tensors, places, strict=True))
        return self._expansion.expand(*found, leaves_absent=self._leaves_absent)


class Placed:
    """A batch where the network is, or on its way there.

    Parameters
    ----------
    weight
        Shape (events,), float32, in the memory of the host: of all events of the batch.
    rows
        Elements of the events, and of their augmented events if there are such.
    others
        Weights, and labels if there are such, wherever they are.
    device
        Where the network is.
    arrival
        When all copies are made; None where there is nothing to wait for.
    share
        Which events of the batch are here, where several processes share it; None: all of them.
    """

    def __init__(
        self,
        weight: NDArray[np.float32],
        rows: Sequence[Rows | PackedRows],
        others: Sequence[Tensor],
        device: torch.device,
        arrival: torch.cuda.Event | None,
        share: NDArray[np.int64] | None = None,
    ) -> None:
        self.weight = weight
        self._rows = rows
        self._others = others
        self._device = device
        self._arrival = arrival
        self._share = share

    def __len__(self) -> int:
        return len(self.weight)

    @property
    def n_here(self) -> int:
        """Number of events that are here."""
        return len(self.weight if self._share is None else self._share)

    def find_rows(self, piece: slice) -> Tensor | None:
        """Find which events of the batch some of those here are; None if it is not shared."""
        return None if self._share is None else torch.from_numpy(self._share[piece])

    @property
    def tensors(self) -> list[Tensor]:
        """All that was sent, or is to be sent piece by piece."""
        return [*self._others, *(tensor for rows in self._rows for tensor in rows.tensors)]

    def wait(self) -> None:
        """Let the graphics processor, not this process, wait until the batch is there."""
        if self._arrival is None:
            return
        stream = torch.cuda.current_stream(self._device)
        stream.wait_event(self._arrival)
        for tensor in self.tensors:
            if tensor.is_cuda:  # its memory is not used again before this stream is done with it
                tensor.record_stream(stream)

    def get(self, piece: slice) -> tuple[Inputs, Tensor]:
        """Get some events, and their weights, where the network is."""
        x, mask = self._rows[0].get(piece, self._device)
        augmented = [rows.get(piece, self._device)[0] for rows in self._rows[1:]]
        weight, *label = (tensor[piece].to(self._device) for tensor in self._others)
        inputs = Inputs(x, mask, augmented[0] if augmented else None, label[0] if label else None)
        return inputs, weight


class Placer:
    """Sends batches to a device: from pinned memory, beside what else it does.

    Parameters
    ----------
    device
        Where the network is. In the memory of the host nothing is copied.
    expansion
        Makes packed events dense there, if there will be such.
    """

    def __init__(self, device: torch.device, expansion: Expansion | None = None) -> None:
        self._device = device
        self._expansion = expansion
        self._stream: torch.cuda.Stream | None = None
        if device.type == "cuda":
            self._stream = torch.cuda.Stream(device)  # type: ignore[no-untyped-call]

    def place_ahead(
        self, batches: Generator[AnyBatch, None, None]
    ) -> Generator[Placed, None, None]:
        """Place batches in a thread before they are asked for.

        Parameters
        ----------
        batches
            What makes them, in that thread too; it is closed with this generator.

        Yields
        ------
        Placed
            Each of them.
        """
        with closing(run_ahead(self._place_all(batches))) as ahead:
            for placed in ahead:
                placed.wait()
                yield placed

    def _place_all(self, batches: Generator[AnyBatch, None, None]) -> Generator[Placed, None, None]:
        with closing(batches):
            for batch in batches:
                yield self.place(batch)

    def place(self, batch: AnyBatch) -> Placed:
        """Send a batch, and do not wait until it is there.

        Parameters
        ----------
        batch
            Dense or packed. It may be forgotten then.

        Returns
        -------
        Placed
            The same events.
        """
        weight = batch.weight if batch.rows is None else batch.weight[batch.rows]
        others = [part for part in (weight, batch.label) if part is not None]
        with self._beside():
            rows = [self._place_rows(batch.x, batch.mask if isinstance(batch, Batch) else None)]
            if batch.augmented is not None:
                rows.append(self._place_rows(batch.augmented, None))
            moved = self._move(others)
            arrival = None if self._stream is None else self._stream.record_event()
        return Placed(batch.weight, rows, moved, self._device, arrival, batch.rows)

    def _place_rows(
        self, rows: NDArray[np.float32] | Packed, mask: NDArray[np.float32] | None
    ) -> Rows | PackedRows:
        if isinstance(rows, Packed):
            if self._expansion is None:
                raise TypeError("without an expansion packed events cannot be placed")
            counts = np.diff(rows.offsets).astype(np.int32)
            moved = self._move([rows.values, rows.columns, counts])
            return PackedRows(moved, rows, self._expansion)
        return Rows(*self._move([rows] if mask is None else [rows, mask]))

    def _move(self, arrays: Sequence[NDArray[Any]]) -> list[Tensor]:
        tensors = [torch.from_numpy(array) for array in arrays]
        if self._stream is None:
            return tensors
        try:
            return [t.pin_memory().to(self._device, non_blocking=True) for t in tensors]
        except torch.OutOfMemoryError:
            return tensors  # they follow piece by piece, when they are needed

    def _beside(self) -> AbstractContextManager[Any]:
        return nullcontext() if self._stream is None else torch.cuda.stream(self._stream)
