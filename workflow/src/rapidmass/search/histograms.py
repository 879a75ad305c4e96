"""Weighted histograms that lose nothing at their ends."""

from collections.abc import Iterable
from typing import Any

import hist
import numpy as np
from numpy.typing import NDArray

from rapidmass.config.search.scan import Axis
from rapidmass.scores.read import ScoredEvents

SCORE = "score"


class Filling:
    """A weighted histogram whose first and last bin take what lies outside, filled piece by piece.

    Parameters
    ----------
    axis
        The bins.
    """

    def __init__(self, axis: Axis) -> None:
        self._histogram = hist.Hist(
            hist.axis.Regular(axis.bins, axis.start, axis.stop), storage=hist.storage.Weight()
        )

    def add(self, values: NDArray[np.floating[Any]], weights: NDArray[np.float64]) -> None:
        """Add events, shape (events,). NaN is left out."""
        finite = np.isfinite(values)
        self._histogram.fill(values[finite], weight=weights[finite])

    def describe(self) -> dict[str, list[float]]:
        """Describe the bins: `values` and `variances`, one number a bin."""
        folded = {}
        for kind, contents in (("values", "value"), ("variances", "variance")):
            bins = self._histogram.view(flow=True)[contents].copy()
            bins[1] += bins[0]
            bins[-2] += bins[-1]
            folded[kind] = bins[1:-1].tolist()
        return folded


def fill_histogram(
    axis: Axis, values: NDArray[np.floating[Any]], weights: NDArray[np.float64]
) -> dict[str, list[float]]:
    """Fill a weighted histogram at once.

    Parameters
    ----------
    axis
        The bins.
    values, weights
        Shape (events,).

    Returns
    -------
    dict
        As from `Filling.describe`.
    """
    filling = Filling(axis)
    filling.add(values, weights)
    return filling.describe()


def compare_bins(
    axis: Axis, variable: str, nominal: Iterable[ScoredEvents], shifted: Iterable[ScoredEvents]
) -> NDArray[np.float64]:
    """Compare the bins of a histogram before and after a shift.

    Parameters
    ----------
    axis
        The bins.
    variable
        What is filled: one of the events' variables, or `score`.
    nominal, shifted
        Events, in pieces.

    Returns
    -------
    ndarray of float64, shape (bins,)
        Shifted minus nominal.
    """
    contents = [
        np.array(fill_pieces(axis, variable, some)["values"]) for some in (nominal, shifted)
    ]
    return np.asarray(contents[1] - contents[0])


def fill_pieces(
    axis: Axis, variable: str, pieces: Iterable[ScoredEvents]
) -> dict[str, list[float]]:
    """Fill a histogram with events that come in pieces.

    Parameters
    ----------
    axis
        The bins.
    variable
        What is filled: one of the events' variables, or `score`.
    pieces
        Events.

    Returns
    -------
    dict
        As from `fill_histogram`.
    """
    filling = Filling(axis)
    for events in pieces:
        values = events.score if variable == SCORE else events.variables[variable]
        filling.add(values, events.weight)
    return filling.describe()
