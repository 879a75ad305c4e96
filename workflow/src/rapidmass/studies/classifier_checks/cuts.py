"""What cuts on a score leave: purity, channels, and the shape of what was not cut on."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from rapidmass.scores.read import ScoredEvents
from rapidmass.search.histograms import fill_histogram
from rapidmass.search.separation import choose_axis
from rapidmass.statistics.significance import compute_asimov_significance
from rapidmass.statistics.weighted_events import count_effective, find_weighted_quantiles
from rapidmass.studies.classifier_checks.groups import SHAPES

EFFICIENCIES = tuple(float(10**power) for power in np.linspace(0, -4, 25))
SHARES = (0.0, 0.5, 0.9, 0.99, 0.999)  # of the background below the bins of the composition


def measure_purity(
    background: ScoredEvents, signal: ScoredEvents, minimum_effective_events: float
) -> list[dict[str, float]]:
    """Measure what passes cuts on the score.

    Parameters
    ----------
    background, signal
        Scored events, weighted to what they stand for.
    minimum_effective_events
        Cuts that fewer effective background events pass are left out.

    Returns
    -------
    list of dict
        By falling efficiency of the background: `threshold`, `background_efficiency`,
        `signal_efficiency`, `purity` (share of the signal in all that passes) and `significance`
        (Asimov, without systematic uncertainty).
    """
    total_b, total_s = background.weight.sum(), signal.weight.sum()
    shares = 1 - np.array(EFFICIENCIES)
    found = []
    for threshold in find_weighted_quantiles(background.score, background.weight, shares):
        passing = background.weight[background.score > threshold]
        b, s = float(passing.sum()), float(signal.weight[signal.score > threshold].sum())
        if not count_effective(b, (passing**2).sum()) >= minimum_effective_events or not s + b > 0:
            continue
        found.append(
            {
                "threshold": float(np.maximum(threshold, background.score.min())),
                "background_efficiency": b / float(total_b),
                "signal_efficiency": s / float(total_s),
                "purity": s / (s + b),
                "significance": float(compute_asimov_significance(s, b).value),
            }
        )
    return found


def measure_composition(
    background: ScoredEvents, signal: ScoredEvents, channels: Sequence[str]
) -> list[dict[str, Any]]:
    """Measure of which channels the events in bins of the score are.

    Parameters
    ----------
    background, signal
        Scored events.
    channels
        Names of the background channels.

    Returns
    -------
    list of dict
        A bin each: `share` (of the background below its lower edge), `events` (expected
        background), `uncertainty`, `signal` (expected) and `channels`, by name the share in the
        background.
    """
    edges = find_weighted_quantiles(background.score, background.weight, SHARES)
    places = [np.searchsorted(edges, some.score, "left") - 1 for some in (background, signal)]
    found = []
    for k, share in enumerate(SHARES):
        mine = places[0] == k
        total = float(background.weight[mine].sum())
        found.append(
            {
                "share": share,
                "events": total,
                "uncertainty": float(np.sqrt((background.weight[mine] ** 2).sum())),
                "signal": float(signal.weight[places[1] == k].sum()),
                "channels": {
                    name: float(background.weight[mine & (background.channel == name)].sum())
                    / total
                    if total > 0
                    else None
                    for name in channels
                },
            }
        )
    return found


def measure_sculpting(background: ScoredEvents, variable: str) -> dict[str, Any]:
    """Measure how cuts on the score change the shape of the background in a variable.

    Parameters
    ----------
    background
        Scored events.
    variable
        Name of the event variable; events in which it is not finite take no part.

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
    shares = 1 - np.array(SHAPES)
    cuts: list[dict[str, Any]] = []
    for efficiency, threshold in zip(
        SHAPES, find_weighted_quantiles(events.score, events.weight, shares), strict=True
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
