"""How cuts on a score change the shape of the background in a variable."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from rapidmass.scores.read import ScoredEvents
from rapidmass.search.histograms import fill_histogram
from rapidmass.search.separation import choose_axis
from rapidmass.statistics.weighted_events import find_weighted_quantiles


def measure_sculpting(
    background: ScoredEvents, variable: str, efficiencies: Sequence[float]
) -> dict[str, Any]:
    """Measure how cuts on the score change the shape of the background in a variable.

    Parameters
    ----------
    background
        Scored events.
    variable
        Name of the event variable; events in which it is not finite take no part.
    efficiencies
        Shares of the background that pass, falling from 1.

    Returns
    -------
    dict
        `edges`, and `cuts`, each with `background_efficiency`, the normalised `values` and
        `uncertainties` of the bins, and `distance`: half the sum of the differences to the bins
        without a cut, the share of events that would have to move.
    """
    known = np.isfinite(background.variables[variable])
    events = background.select(known)
    values = events.variables[variable].astype(np.float64)
    axis = choose_axis([values])
    shares = 1 - np.array(efficiencies)
    cuts: list[dict[str, Any]] = []
    for efficiency, threshold in zip(
        efficiencies, find_weighted_quantiles(events.score, events.weight, shares), strict=True
    ):
        passes = events.score > threshold
        total = float(events.weight[passes].sum())
        if not total > 0:
            continue
        filled = fill_histogram(axis, values[passes], events.weight[passes])
        shape = np.array(filled["values"]) / total
        usual = np.array(cuts[0]["values"]) if cuts else shape
        cuts.append(
            {
                "background_efficiency": efficiency,
                "values": shape.tolist(),
                "uncertainties": (np.sqrt(filled["variances"]) / total).tolist(),
                "distance": 0.5 * float(np.abs(shape - usual).sum()),
            }
        )
    return {"edges": axis.edges.tolist(), "cuts": cuts}
