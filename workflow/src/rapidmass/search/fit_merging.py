"""Which cells of a grid are merged, so that each bin of a fit has enough simulation."""

import numpy as np
from numpy.typing import NDArray

from rapidmass.search.fit_predictions import Cells
from rapidmass.statistics.weighted_events import count_effective


def merge_cells(contents: Cells, minimum: float) -> NDArray[np.int64] | None:
    """Merge cells of a grid.

    Parameters
    ----------
    contents
        Of the cells, shape (rows, columns).
    minimum
        Effective events that each bin needs, beside a positive sum of weights.

    Returns
    -------
    ndarray of int64, shape (rows, columns)
        The bin of each cell; None if all together are too few.
    """
    rows = group_bins(contents.add_up(1), minimum)
    if rows is None:
        return None
    places, size = np.empty(contents.total.shape, dtype=np.int64), 0
    for row in range(rows.max() + 1):
        mine = rows == row
        columns = group_bins(contents.pick(mine).add_up(0), minimum)
        if columns is None:
            raise AssertionError("unreachable: the row has enough events")
        places[mine] = columns + size
        size += int(columns.max()) + 1
    return places


def group_bins(contents: Cells, minimum: float) -> NDArray[np.int64] | None:
    """Group bins from the top down until each has enough.

    Parameters
    ----------
    contents
        Of the bins, shape (bins,).
    minimum
        As for `merge_cells`.

    Returns
    -------
    ndarray of int64, shape (bins,)
        The group of each, counted from below; None if all together are too few.
    """
    group = np.zeros(len(contents.total), dtype=np.int64)
    number, top = 0, len(group)
    for bottom in range(len(group) - 1, -1, -1):
        total, expected, variance = (
            float(values.sum()) for values in contents.pick(slice(bottom, top))
        )
        if min(total, expected) > 0 and count_effective(expected, variance) >= minimum:
            group[bottom:top] = number
            number, top = number + 1, bottom
    if number == 0:
        return None
    group[:top] = number - 1  # too few are left below: they join what is above
    found: NDArray[np.int64] = number - 1 - group
    return found
