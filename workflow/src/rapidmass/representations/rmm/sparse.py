"""The filled cells of many rapidity-mass matrices."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from rapidmass.provenance.compilation import make_readonly
from rapidmass.representations.base import ROWS_PER_BLOCK, Filled
from rapidmass.representations.rmm import kernel
from rapidmass.representations.rmm.layout import Layout


@dataclass(frozen=True)
class SparseMatrices:
    """The filled cells of many matrices.

    Parameters
    ----------
    layout
        What the cells mean.
    values
        Shape (all filled cells,): float32, event after event.
    offsets
        Shape (events + 1,): int64, where each event's values start.
    counts
        Shape (events, types): uint8, filled slots of each type.
    """

    layout: Layout
    values: NDArray[np.float32]
    offsets: NDArray[np.int64]
    counts: NDArray[np.uint8]

    def __len__(self) -> int:
        return len(self.counts)

    def take(self, rows: NDArray[np.int64]) -> "SparseMatrices":
        """Pick events in any order, for `fill`.

        Parameters
        ----------
        rows
            Shape (picked,): indices of events.

        Returns
        -------
        SparseMatrices
            The values are not moved, so an event's values end where the counts say, not where the
            next event's start. `iterate_blocks` does not take them.
        """
        offsets = np.append(self.offsets[rows], self.offsets[-1])
        return SparseMatrices(self.layout, self.values, offsets, self.counts[rows])

    def iterate_blocks(
        self, rows: int = ROWS_PER_BLOCK
    ) -> Iterator[tuple[slice, "SparseMatrices"]]:
        """Go through matrices in blocks, without copying their values.

        Parameters
        ----------
        rows
            Events in every block but the last.

        Yields
        ------
        slice
            Which events these are.
        SparseMatrices
            Their matrices: views, not copies.
        """
        for start in range(0, len(self), rows):
            stop = min(start + rows, len(self))
            offsets = self.offsets[start : stop + 1]
            yield (
                slice(start, stop),
                SparseMatrices(
                    self.layout,
                    self.values[offsets[0] : offsets[-1]],
                    offsets - offsets[0],
                    self.counts[start:stop],
                ),
            )

    def map_values(
        self, function: Callable[[NDArray[np.float32]], NDArray[np.float32]]
    ) -> "SparseMatrices":
        """Replace all filled cells by what a function makes of them."""
        return replace(self, values=function(self.values))

    def find_invalid(self) -> tuple[int, float] | None:
        """Find the first event with a cell that is not finite, and that number."""
        with np.errstate(all="ignore"):
            if np.isfinite(self.values.sum()):  # then each of them is
                return None
        wrong = np.flatnonzero(~np.isfinite(self.values))
        if not wrong.size:
            return None
        event = int(np.searchsorted(self.offsets, wrong[0], side="right")) - 1
        return event, float(self.values[wrong[0]])

    def list_cells(self) -> NDArray[np.unsignedinteger]:
        """List the cells of the stored values, which must follow each other without gaps.

        Returns
        -------
        ndarray of uint16 or uint32, shape (all filled cells,)
            Flat index, row * D + column, of each value.
        """
        number = np.uint16 if self.layout.n_cells <= 2**16 else np.uint32
        size = self.offsets[-1] - self.offsets[0]
        cells: NDArray[np.unsignedinteger] = np.empty(size, number)
        kernel.fill_cells(self.counts, self.layout.capacities, cells)
        return cells

    def list_filled(self) -> Filled:
        """List the filled cells with their numbers; not after `take`."""
        lengths = np.diff(self.offsets)
        return Filled(self.list_cells(), self.values, self.offsets[:-1], lengths, True)

    def fill(
        self,
        x: NDArray[np.float32] | None = None,
        *,
        features: NDArray[np.int64] | None = None,
        scale: NDArray[np.float32] | None = None,
        shift: NDArray[np.float32] | None = None,
        padding: float | NDArray[np.float32] = 0.0,
        bounds: tuple[float, float] | None = None,
        mask: NDArray[np.float32] | None = None,
    ) -> NDArray[np.float32]:
        """Spread filled cells over dense rows; choose, scale and clip them, in one pass.

        As `rapidmass.representations.base.Encoded` says; elements are cells, row by row.
        """
        n_cells = self.layout.n_cells
        columns = np.arange(n_cells)
        pads = np.broadcast_to(np.float32(padding), (n_cells,))
        if features is not None:
            columns = np.full(n_cells, -1)
            columns[features] = np.arange(len(features))
            pads = pads[features]
        x = np.empty((len(self), len(pads)), dtype=np.float32) if x is None else x
        low, high = (-np.inf, np.inf) if bounds is None else bounds
        kernel.scatter_values(
            make_readonly(self.values),
            self.offsets,
            self.counts,
            self.layout.capacities,
            columns,
            np.clip(pads, np.float32(low), np.float32(high)),
            np.ones(n_cells, np.float32) if scale is None else scale,
            np.zeros(n_cells, np.float32) if shift is None else shift,
            (np.float32(low), np.float32(high)),
            x,
            np.empty((len(self), 0), np.float32) if mask is None else mask,
        )
        return x


def count_values(counts: NDArray[np.uint8]) -> NDArray[np.int64]:
    """Count the stored cells of each event.

    Parameters
    ----------
    counts
        Shape (events, types): filled slots of each type.

    Returns
    -------
    ndarray of int64, shape (events,)
        1 + 2n + n^2 with n the number of objects.
    """
    n: NDArray[np.int64] = counts.sum(axis=1, dtype=np.int64)
    return (n + 1) * (n + 1)
