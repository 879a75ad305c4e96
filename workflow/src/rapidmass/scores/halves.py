"""Cuts on scores, chosen on each half of the background, which comes in pieces."""

from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import NDArray

from rapidmass.scores.read import ScoredEvents
from rapidmass.statistics.folds import draw_folds, find_thresholds


def find_halves_thresholds(
    background: Iterable[ScoredEvents], quantiles: Sequence[float]
) -> NDArray[np.float64]:
    """Find the thresholds that remove given shares of each half of the background.

    Parameters
    ----------
    background
        In pieces, from small to large scores; it is gone through twice.
    quantiles
        Shares of the weight to remove.

    Returns
    -------
    ndarray of float64, shape (2, quantiles)
        As from `rapidmass.statistics.folds.find_thresholds`.

    Raises
    ------
    ValueError
        If a half has no events, or no positive weight.
    """
    return find_thresholds(
        lambda: ((e.score, e.weight, draw_folds(e.key)) for e in background), quantiles
    )
