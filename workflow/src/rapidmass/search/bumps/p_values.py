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


def measure_spread(significances: Array) -> Array:
    """Measure how far significances of hunts without a signal spread, behind each cut.

    Each fold is cut by trees that learnt from the others, and these by trees that learnt from it:
    where two folds fluctuate alike, both have an excess. So the counts of folds are not
    independent, and significances spread by more than 1: by the square root of 2 if the score is
    linear in what was learnt.

    Parameters
    ----------
    significances
        Shape (toys, windows, cuts), NaN where undefined: of hunts with trees grown anew.

    Returns
    -------
    ndarray, shape (cuts,)
        Root of the mean square over toys and windows; at least 1, and 1 without any.
    """
    known = np.isfinite(significances)
    number = known.sum(axis=(0, 1))
    squares = np.where(known, significances, 0.0) ** 2
    mean = squares.sum(axis=(0, 1)) / np.maximum(number, 1)
    return np.asarray(np.sqrt(np.maximum(mean, 1.0)))


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
