"""Rows of elements of which only the filled ones are stored, each with its number."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from rapidmass.provenance.compilation import compile_function, make_readonly
from rapidmass.representations.base import ROWS_PER_BLOCK, Filled


@dataclass(frozen=True, eq=False)
class SparseRows:
    """The filled elements of many events.

    Parameters
    ----------
    n_elements
        Elements of an event, filled or not.
    cells, values
        Shape (filled elements,): uint16 numbers of elements, and float32, event after event.
    starts, counts
        Shape (events,): int64, where the elements of each event start, and how many there are.
    leaves_absent
        Whether elements that are not filled are absent. Otherwise they are there, and 0.
    """

    n_elements: int
    cells: NDArray[np.uint16]
    values: NDArray[np.float32]
    starts: NDArray[np.int64]
    counts: NDArray[np.int64]
    leaves_absent: bool = False

    def __len__(self) -> int:
        return len(self.starts)

    def take(self, rows: NDArray[np.int64]) -> "SparseRows":
        """Pick events in any order; their elements are not moved."""
        return replace(self, starts=self.starts[rows], counts=self.counts[rows])

    def iterate_blocks(self, rows: int = ROWS_PER_BLOCK) -> Iterator[tuple[slice, "SparseRows"]]:
        """Go through events in blocks: which ones, and their part, which is a view."""
        for start in range(0, len(self), rows):
            block = slice(start, min(start + rows, len(self)))
            yield block, replace(self, starts=self.starts[block], counts=self.counts[block])

    def map_values(
        self, function: Callable[[NDArray[np.float32]], NDArray[np.float32]]
    ) -> "SparseRows":
        """Replace all stored numbers by what a function makes of them; it must leave 0 as 0."""
        return replace(self, values=function(self.values))

    def find_invalid(self) -> tuple[int, float] | None:
        """Find the first event with an element that is not finite, and that number."""
        wrong = np.flatnonzero(~np.isfinite(self.values))
        for place in wrong.tolist():
            inside = (self.starts <= place) & (place < self.starts + self.counts)
            if inside.any():
                return int(np.flatnonzero(inside)[0]), float(self.values[place])
        return None

    def list_filled(self) -> Filled:
        """List the filled elements with their numbers."""
        return Filled(self.cells, self.values, self.starts, self.counts, self.leaves_absent)

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
        """Fill dense rows, as `rapidmass.representations.base.Encoded` says."""
        chosen = np.arange(self.n_elements) if features is None else features
        columns = np.full(self.n_elements, -1)
        columns[chosen] = np.arange(len(chosen))
        scale = np.ones(self.n_elements, np.float32) if scale is None else scale
        shift = np.zeros(self.n_elements, np.float32) if shift is None else shift
        low, high = (np.float32(end) for end in ((-np.inf, np.inf) if bounds is None else bounds))
        rest = np.broadcast_to(np.float32(padding), shift.shape) if self.leaves_absent else shift
        x = np.empty((len(self), len(chosen)), np.float32) if x is None else x
        if mask is not None:
            mask[:] = not self.leaves_absent
        marks = mask if mask is not None and self.leaves_absent else x[:, :0]
        _scatter(
            (self.starts, self.counts),
            make_readonly(self.cells),
            make_readonly(self.values),
            columns,
            np.clip(rest[chosen], low, high),
            (scale, shift),
            (low, high),
            x,
            marks,
        )
        return x


@compile_function("numpy")
def _scatter(
    places: tuple[NDArray[np.int64], NDArray[np.int64]],
    cells: NDArray[np.uint16],
    values: NDArray[np.float32],
    columns: NDArray[np.int64],
    base: NDArray[np.float32],
    linear: tuple[NDArray[np.float32], NDArray[np.float32]],
    bounds: tuple[np.float32, np.float32],
    x: NDArray[np.float32],
    marks: NDArray[np.float32],
) -> None:
    """Spread stored elements over dense rows, and mark them; the others hold `base`."""
    starts, counts = places
    scale, shift = linear
    low, high = bounds
    for event in range(len(starts)):
        x[event] = base
        for k in range(starts[event], starts[event] + counts[event]):
            cell = cells[k]
            column = columns[cell]
            if column >= 0:
                value = values[k] * scale[cell] + shift[cell]
                x[event, column] = min(max(value, low), high)
                if marks.shape[1] > 0:
                    marks[event, column] = 1
