"""Events as their filled elements alone, to be made dense where a network is."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from rapidmass.provenance.compilation import compile_function, make_readonly
from rapidmass.representations.base import Filled

WIDEST = np.iinfo(np.int16).max  # columns that 16 bits can number


@dataclass(frozen=True, eq=False)
class Packed:
    """The filled elements of some events, as far as a network sees them; not scaled.

    Parameters
    ----------
    values
        Shape (filled elements,), float32, event after event.
    columns
        Shape (filled elements,), int16 or int32: which column of dense rows each belongs to.
    offsets
        Shape (events + 1,), int64: where the elements of each event start.
    leaves_absent
        Whether the other elements are absent. Otherwise they are there, and 0.
    """

    values: NDArray[np.float32]
    columns: NDArray[np.signedinteger]
    offsets: NDArray[np.int64]
    leaves_absent: bool

    def __len__(self) -> int:
        return len(self.offsets) - 1


def number_columns(n_elements: int, features: NDArray[np.int64]) -> NDArray[np.signedinteger]:
    """Give numbers to the columns of dense rows.

    Parameters
    ----------
    n_elements
        Elements of an event.
    features
        Flat indices of those that are kept.

    Returns
    -------
    ndarray of int16 or int32, shape (elements,)
        The column of each element; -1 for those that are left out.
    """
    number = np.int16 if len(features) <= WIDEST else np.int32
    columns: NDArray[np.signedinteger] = np.full(n_elements, -1, dtype=number)
    columns[features] = np.arange(len(features))
    return columns


def pack_rows(
    filled: Filled, rows: NDArray[np.int64], columns: NDArray[np.signedinteger]
) -> Packed:
    """Pack some events.

    Parameters
    ----------
    filled
        Elements of all events.
    rows
        Shape (picked,): indices of events, in any order.
    columns
        From `number_columns`.

    Returns
    -------
    Packed
        In memory of its own.
    """
    size = int(filled.counts[rows].sum())
    values, kept = np.empty(size, np.float32), np.empty(size, columns.dtype)
    offsets = np.empty(len(rows) + 1, np.int64)
    _gather(
        (filled.starts, filled.counts),
        make_readonly(filled.cells),
        make_readonly(filled.values),
        rows,
        columns,
        values,
        kept,
        offsets,
    )
    end = offsets[-1]
    return Packed(values[:end], kept[:end], offsets, filled.leaves_absent)


def join_packed(parts: Sequence[Packed]) -> Packed:
    """Join packed events, of which there is at least one part."""
    if len(parts) == 1:
        return parts[0]
    ends = np.cumsum([part.offsets[-1] for part in parts])
    offsets = [parts[0].offsets]
    offsets += [part.offsets[1:] + end for part, end in zip(parts[1:], ends, strict=False)]
    return Packed(
        np.concatenate([part.values for part in parts]),
        np.concatenate([part.columns for part in parts]),
        np.concatenate(offsets),
        parts[0].leaves_absent,
    )


@compile_function()
def _gather(
    places: tuple[NDArray[np.int64], NDArray[np.int64]],
    cells: NDArray[np.unsignedinteger],
    values: NDArray[np.float32],
    rows: NDArray[np.int64],
    columns: NDArray[np.signedinteger],
    values_out: NDArray[np.float32],
    columns_out: NDArray[np.signedinteger],
    offsets: NDArray[np.int64],
) -> None:
    """Copy the elements of events that have a column, one event after the other."""
    starts, counts = places
    place = 0
    offsets[0] = 0
    for event in range(len(rows)):
        start = starts[rows[event]]
        for k in range(start, start + counts[rows[event]]):
            column = columns[cells[k]]
            if column >= 0:
                values_out[place] = values[k]
                columns_out[place] = column
                place += 1
        offsets[event + 1] = place
