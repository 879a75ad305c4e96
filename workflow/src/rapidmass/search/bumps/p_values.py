"""From local p-values to one of the whole hunt."""

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]


def find_smallest(p_values: Array) -> Array:
    """Find the smallest p-value of each hunt over windows and cuts; 1 where none is defined.

    Parameters
    ----------
    p_values
        Shape (..., windows, cuts), NaN where undefined.

    Returns
    -------
    ndarray, shape (...)
        Not corrected for how many there are.
    """
    return np.asarray(np.where(np.isnan(p_values), 1.0, p_values).min(axis=(-2, -1)))


def compute_global(smallest: float, toys: Array) -> float | None:
    """Compute the share of hunts, this one among them, whose smallest p-value is as small.

    Parameters
    ----------
    smallest
        From `find_smallest`.
    toys
        Shape (toys,): the same of hunts without a signal.

    Returns
    -------
    float or None
        At least 1 / (toys + 1); None without toys.
    """
    if not len(toys):
        return None
    return float((1 + np.count_nonzero(toys <= smallest)) / (1 + len(toys)))


def compute_bonferroni(p_values: Array) -> float:
    """Bound the global p-value by the smallest local one times their number.

    Parameters
    ----------
    p_values
        Shape (windows, cuts), NaN where undefined.

    Returns
    -------
    float
        At most 1.
    """
    number = np.count_nonzero(np.isfinite(p_values))
    return min(1.0, float(find_smallest(p_values)) * max(int(number), 1))
