"""Picking the filled elements of events."""

import numpy as np
from numpy.typing import NDArray

from rapidmass.models.inputs.packed import Packed
from rapidmass.provenance.compilation import compile_function, make_readonly
from rapidmass.representations.base import Filled


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
