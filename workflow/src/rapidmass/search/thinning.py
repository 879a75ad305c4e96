"""Some events drawn for all of a file, which is read in pieces."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

Rows = NDArray[np.integer[Any]]


def draw_rows(number: int, most: int, rng: np.random.Generator) -> Rows:
    """Draw some of a number of events.

    Parameters
    ----------
    number
        Of the events.
    most
        Most that are drawn.
    rng
        What the choice follows from; it is not asked where all are taken.

    Returns
    -------
    ndarray of int
        Their places, rising.
    """
    if number <= most:
        return np.arange(number)
    return np.sort(rng.choice(number, most, replace=False))


def find_rows(rows: Rows, first: int, number: int) -> Rows:
    """Find those of the drawn events that are in a piece.

    Parameters
    ----------
    rows
        As from `draw_rows`.
    first, number
        Place of the first event of the piece, and number of its events.

    Returns
    -------
    ndarray of int
        Their places in the piece.
    """
    return rows[slice(*np.searchsorted(rows, [first, first + number]))] - first
