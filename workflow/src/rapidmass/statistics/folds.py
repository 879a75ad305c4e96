"""Two halves of the events, each of which passes cuts that were chosen on the other one.

An optimum found on some events is too good on those events. On others it is what it is: so every
event is used, and none decides on the cut that it has to pass.
"""

from collections.abc import Callable, Iterable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rapidmass.statistics.running_quantiles import RunningQuantiles
from rapidmass.statistics.weighted_events import check_total
from rapidmass.storage.event_keys import draw_uniform

FOLDS = (0, 1)
Piece = tuple[NDArray[np.floating[Any]], NDArray[np.float64], NDArray[np.int8]]


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
    iterate: Callable[[], Iterable[Piece]], quantiles: Sequence[float]
) -> NDArray[np.float64]:
    """Find the thresholds that remove given shares of each half of the background.

    Parameters
    ----------
    iterate
        Gives score, weight and half of events, each of shape (events,), in pieces from small to
        large scores; it is asked twice.
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
    number, total = np.zeros(2, np.int64), np.zeros(2)
    for _, weight, folds in iterate():
        number += np.bincount(folds, minlength=2)
        total += [weight[folds == fold].sum() for fold in FOLDS]
    for fold in FOLDS:
        check_half(fold, int(number[fold]), float(total[fold]))
    running = [RunningQuantiles(total[fold], quantiles) for fold in FOLDS]
    for score, weight, folds in iterate():
        for fold, some in zip(FOLDS, running, strict=True):
            some.add(score[folds == fold], weight[folds == fold])
    return np.array([some.finish() for some in running])


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
