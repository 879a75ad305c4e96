"""Numbers and quantiles of weighted events."""

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray


def count_effective(sum_w: ArrayLike, sum_w2: ArrayLike) -> NDArray[np.float64]:
    """Count effective events, (sum w)^2 / sum w^2.

    Parameters
    ----------
    sum_w, sum_w2
        Sums of weights and of squared weights.

    Returns
    -------
    ndarray of float64
        The number of unweighted events with the same relative uncertainty; 0 without events.
    """
    w, w2 = np.asarray(sum_w, dtype=np.float64), np.asarray(sum_w2, dtype=np.float64)
    return np.where(w2 > 0, w**2 / np.where(w2 > 0, w2, 1.0), 0.0)


def find_weighted_quantiles(
    values: NDArray[np.floating[Any]], weights: NDArray[np.float64], shares: ArrayLike
) -> NDArray[np.float64]:
    """Find the values below which given shares of the weight lie.

    Parameters
    ----------
    values, weights
        Shape (events,). Negative weights are allowed as long as their sum is positive.
    shares
        Shares of the total weight, 0 to 1.

    Returns
    -------
    ndarray of float64
        For each share the smallest of `values` such that events below it carry at least that
        share; minus infinity for a share of 0.

    Raises
    ------
    ValueError
        If there is no event, or the total weight is not positive.
    """
    total = weights.sum()
    check_total(values.size, total)
    order = np.argsort(values, kind="stable")
    # with negative weights the sum may fall again: a share is reached where it is first passed
    cumulative = np.maximum.accumulate(np.cumsum(weights[order]))
    wanted = np.atleast_1d(np.asarray(shares, dtype=np.float64))
    index = np.searchsorted(cumulative, wanted * total, side="left")
    found = values[order][np.minimum(index, values.size - 1)]
    return np.where(wanted > 0, found, -np.inf)


def check_total(number: int, total: float) -> None:
    """Make sure that events have quantiles.

    Parameters
    ----------
    number, total
        Number and total weight of the events.

    Raises
    ------
    ValueError
        If there is no event, or the total weight is not positive.
    """
    if number == 0:
        raise ValueError("there are no events to take quantiles of")
    if not total > 0:
        raise ValueError(f"the total weight of {number} events is {total:g}: not positive")
