"""The lit pixels of many images."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from rapidmass.representations.base import ROWS_PER_BLOCK
from rapidmass.representations.image import kernel

Number = TypeVar("Number", bound=np.generic)


@dataclass(frozen=True, eq=False)
class SparseImages:
    """The lit pixels of many images; all others hold 0, and none is absent.

    Parameters
    ----------
    n_elements
        Pixels of an image, in all channels.
    cells, values
        Shape (lit pixels,): uint16 and float32, image after image.
    starts, counts
        Shape (images,): int64, where the pixels of each image start, and how many there are.
    """

    n_elements: int
    cells: NDArray[np.uint16]
    values: NDArray[np.float32]
    starts: NDArray[np.int64]
    counts: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.starts)

    def take(self, rows: NDArray[np.int64]) -> "SparseImages":
        """Pick images in any order; their pixels are not moved."""
        return replace(self, starts=self.starts[rows], counts=self.counts[rows])

    def iterate_blocks(self, rows: int = ROWS_PER_BLOCK) -> Iterator[tuple[slice, "SparseImages"]]:
        """Go through images in blocks: which ones, and their part, which is a view."""
        for start in range(0, len(self), rows):
            block = slice(start, min(start + rows, len(self)))
            yield block, replace(self, starts=self.starts[block], counts=self.counts[block])

    def map_values(
        self, function: Callable[[NDArray[np.float32]], NDArray[np.float32]]
    ) -> "SparseImages":
        """Replace what lit pixels hold by what a function makes of it; 0 must stay 0."""
        return replace(self, values=function(self.values))

    def find_invalid(self) -> tuple[int, float] | None:
        """Find the first image with a pixel that is not finite, and what it holds."""
        wrong = np.flatnonzero(~np.isfinite(self.values))
        for place in wrong.tolist():
            inside = (self.starts <= place) & (place < self.starts + self.counts)
            if inside.any():
                return int(np.flatnonzero(inside)[0]), float(self.values[place])
        return None

    def fill(
        self,
        x: NDArray[np.float32] | None = None,
        *,
        features: NDArray[np.int64] | None = None,
        scale: NDArray[np.float32] | None = None,
        shift: NDArray[np.float32] | None = None,
        padding: float | NDArray[np.float32] = 0.0,  # noqa: ARG002 (no pixel is absent)
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
        x = np.empty((len(self), len(chosen)), np.float32) if x is None else x
        kernel.scatter(
            self.starts,
            self.counts,
            _protect(self.cells),
            _protect(self.values),
            columns,
            np.clip(shift[chosen], low, high),
            scale,
            shift,
            (low, high),
            x,
        )
        if mask is not None:
            mask[:] = 1
        return x


def _protect(array: NDArray[Number]) -> NDArray[Number]:
    # memory of Parquet files is read-only: one compiled version for it and all other
    view = array.view()
    view.flags.writeable = False
    return view
