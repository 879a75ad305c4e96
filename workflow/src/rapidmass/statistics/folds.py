"""Two halves of the events, each of which passes cuts that were chosen on the other one.

An optimum found on some events is too good on those events. On others it is what it is: so every
event is used, and none decides on the cut that it has to pass.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rapidmass.statistics.weighted_events import check_total, find_weighted_quantiles
from rapidmass.storage.event_keys import draw_uniform

FOLDS = (0, 1)


def draw_folds(key: NDArray[np.uint64]) -> NDArray[np.int8]:
    """Draw the half that each event belongs to, by its identity.

    Parameters
    ----------
    key
        Shape (events,): event keys.

    Returns
    -------
    ndarray of int8, shape (events,)
        0 or 1.
    """
    return (draw_uniform(key, "fold") >= 0.5).astype(np.int8)


def find_thresholds(
    score: NDArray[np.floating[Any]],
    weight: NDArray[np.float64],
    folds: NDArray[np.int8],
    quantiles: Sequence[float],
) -> NDArray[np.float64]:
    """Find the thresholds that remove given shares of each half of the background.

    Parameters
    ----------
    score, weight, folds
        Shape (events,): of the background; folds from `draw_folds`.
    quantiles
        Shares of the weight to remove.

    Returns
    -------
    ndarray of float64, shape (2, quantiles)
        Chosen on the first and on the second half. Minus infinity for a share of 0.

    Raises
    ------
    ValueError
        If a half has no events, or no positive weight.
    """
    found = []
    for fold in FOLDS:
        chosen = folds == fold
        check_half(fold, int(chosen.sum()), float(weight[chosen].sum()))
        found.append(find_weighted_quantiles(score[chosen], weight[chosen], quantiles))
    return np.array(found)


def check_half(fold: int, number: int, total: float) -> None:
    """Make sure that cuts can be chosen on a half of the background.

    Parameters
    ----------
    fold
        Which half.
    number, total
        Number and total weight of its events.

    Raises
    ------
    ValueError
        If it has no events, or no positive weight.
    """
    try:
        check_total(number, total)
    except ValueError as error:
        raise ValueError(
            f"cuts are chosen on each half of the background's test set, but in half {fold + 1} "
            f"{error}; more simulated events are needed"
        ) from None


def pass_thresholds(
    score: NDArray[np.floating[Any]], folds: NDArray[np.int8], thresholds: NDArray[np.float64]
) -> NDArray[np.bool_]:
    """Decide which events pass the threshold that was chosen on the other half.

    Parameters
    ----------
    score, folds
        Shape (events,).
    thresholds
        Shape (2,): chosen on the first and on the second half.

    Returns
    -------
    ndarray of bool, shape (events,)
        Whether the score is larger.
    """
    return np.asarray(score > thresholds[1 - folds])
