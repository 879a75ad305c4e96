"""How cuts on a score change the shape of the background in a variable."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from rapidmass.config.search.scan import Axis
from rapidmass.scores.ordered import View
from rapidmass.scores.read import ScoredEvents
from rapidmass.search.histograms import Filling
from rapidmass.statistics.running_quantiles import find_ordered_quantiles


def measure_sculpting(
    background: Sequence[ScoredEvents], variable: str, axis: Axis, efficiencies: Sequence[float]
) -> dict[str, Any]:
    """Measure how cuts on the score change the shape of the background in a variable.

    Parameters
    ----------
    background
        Scored events in the order of their scores, in pieces.
    variable
        Name of the event variable; events in which it is not finite take no part.
    axis
        Its bins.
    efficiencies
        Shares of the background that pass, falling from 1.

    Returns
    -------
    dict
        `edges`, and `cuts`, each with `background_efficiency`, the normalised `values` and
        `uncertainties` of the bins, and `distance`: half the sum of the differences to the bins
        without a cut, the share of events that would have to move.
    """
    known = View.select(background, lambda events: np.isfinite(events.variables[variable]))
    thresholds = find_ordered_quantiles(known, 1 - np.array(efficiencies))
    fillings, totals = [Filling(axis) for _ in efficiencies], np.zeros(len(efficiencies))
    for events in background:
        values = events.variables[variable].astype(np.float64)
        finite = np.isfinite(values)
        for place, (threshold, filling) in enumerate(zip(thresholds, fillings, strict=True)):
            passes = finite & (events.score > threshold)
            totals[place] += events.weight[passes].sum()
            filling.add(values[passes], events.weight[passes])
    cuts: list[dict[str, Any]] = []
    for efficiency, filling, total in zip(efficiencies, fillings, totals.tolist(), strict=True):
        if not total > 0:
            continue
        filled = filling.describe()
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
