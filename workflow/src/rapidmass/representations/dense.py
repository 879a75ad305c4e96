"""Events whose elements are stored one beside the other, with NaN where they are absent."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from rapidmass.representations.base import ROWS_PER_BLOCK


@dataclass(frozen=True, eq=False)
class DenseRows:
    """Rows of elements.

    Parameters
    ----------
    rows
        Shape (events, elements), float32: NaN where an event lacks the element.
    """

    rows: NDArray[np.float32]

    def __len__(self) -> int:
        return len(self.rows)

    def take(self, rows: NDArray[np.int64]) -> "DenseRows":
        """Pick events in any order."""
        return DenseRows(self.rows[rows])

    def iterate_blocks(self, rows: int = ROWS_PER_BLOCK) -> Iterator[tuple[slice, "DenseRows"]]:
        """Go through events in blocks: which ones, and their rows, views and no copies."""
        for start in range(0, len(self), rows):
            block = slice(start, min(start + rows, len(self)))
            yield block, DenseRows(self.rows[block])

    def map_values(
        self, function: Callable[[NDArray[np.float32]], NDArray[np.float32]]
    ) -> "DenseRows":
        """Replace all numbers by what a function makes of them; NaN must stay NaN."""
        return DenseRows(function(self.rows))

    def find_invalid(self) -> tuple[int, float] | None:
        """Find the first event with an infinite element, and that number."""
        wrong = np.argwhere(np.isinf(self.rows))
        if not wrong.size:
            return None
        event, element = wrong[0]
        return int(event), float(self.rows[event, element])

    def list_filled(self) -> None:
        """List nothing: all elements are stored."""

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
        chosen = np.arange(self.rows.shape[1]) if features is None else features
        x = np.take(self.rows, chosen, axis=1, out=x)
        absent = np.isnan(x)
        if mask is not None:
            np.logical_not(absent, out=mask, casting="unsafe")
        if scale is not None:
            x *= scale[chosen]
        if shift is not None:
            x += shift[chosen]
        pads = np.broadcast_to(np.float32(padding), (self.rows.shape[1],))[chosen]
        np.copyto(x, pads, where=absent)
        if bounds is not None:
            np.clip(x, *bounds, out=x)
        return x
