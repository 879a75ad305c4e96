"""Weighted histograms that lose nothing at their ends."""

from collections.abc import Iterable
from typing import Any

import hist
import numpy as np
from numpy.typing import NDArray

from rapidmass.config.search.scan import Axis
from rapidmass.scores.read import ScoredEvents

SCORE = "score"


def fill_histogram(
    axis: Axis, values: NDArray[np.floating[Any]], weights: NDArray[np.float64]
) -> dict[str, list[float]]:
    """Fill a weighted histogram whose first and last bin take what lies outside.

    Parameters
    ----------
    axis
        The bins.
    values, weights
        Shape (events,). NaN is left out.

    Returns
    -------
    dict
        `values` and `variances`, one number a bin.
    """
    finite = np.isfinite(values)
    histogram = hist.Hist(
        hist.axis.Regular(axis.bins, axis.start, axis.stop), storage=hist.storage.Weight()
    )
    histogram.fill(values[finite], weight=weights[finite])
    folded = {}
    for kind, contents in (("values", "value"), ("variances", "variance")):
        bins = histogram.view(flow=True)[contents].copy()
        bins[1] += bins[0]
        bins[-2] += bins[-1]
        folded[kind] = bins[1:-1].tolist()
    return folded


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
    total = np.zeros((2, axis.bins))
    for events in pieces:
        values = events.score if variable == SCORE else events.variables[variable]
        filled = fill_histogram(axis, values, events.weight)
        total += [filled["values"], filled["variances"]]
    return dict(zip(("values", "variances"), total.tolist(), strict=True))
