"""What a score knows beyond MET, and how cuts on it shape the background."""

from collections.abc import Mapping
from statistics import median
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rapidmass.scores.read import ScoredEvents
from rapidmass.search.sculpting import measure_sculpting
from rapidmass.statistics.roc import RocCurve
from rapidmass.statistics.weighted_events import count_effective, find_weighted_quantiles

QUANTILES = (0.5, 0.8, 0.95, 0.99)  # of the background in MET, between the bins
PASSING = 0.1  # of the background of a bin
CUTS = (1.0, 0.01)
SHAPES = ("met", "m_ll", "m_lll")


def measure_beyond_met(
    background: ScoredEvents, signals: Mapping[str, ScoredEvents], *, floor: float
) -> dict[str, Any]:
    """Compare signals with background of about the same MET.

    Parameters
    ----------
    background
        The scored background, with the variable `met`.
    signals
        The same of signals, by name.
    floor
        Effective events that background must have in a bin, and signal a tenth as many events.

    Returns
    -------
    dict
        `edges` (GeV) between bins; `bins`, for each the medians over signals of `auc` and of the
        `efficiency` at 10 % of the bin's background, with the `number` of signals, None where
        there is none; `auc`, of each signal the mean over bins, with the signal's weight in them.
    """
    met = background.variables["met"].astype(np.float64)
    edges = find_weighted_quantiles(met, background.weight, QUANTILES)
    places = np.searchsorted(edges, met)
    bins: list[dict[str, Any]] = []
    sums: dict[str, list[tuple[float, float]]] = {name: [] for name in signals}
    for k in range(len(edges) + 1):
        here = background.select(places == k)
        found = {
            name: (curve.compute_auc().value, curve.compute_efficiency(PASSING, floor).efficiency)
            for name, signal in signals.items()
            if (curve := _compare(here, signal, edges, k, floor)) is not None
        }
        for name, (auc, _) in found.items():
            mine = np.searchsorted(edges, signals[name].variables["met"]) == k
            sums[name].append((float(signals[name].weight[mine].sum()), auc))
        efficiencies = [value for _, value in found.values() if value is not None]
        bins.append(
            {
                "number": len(found),
                "auc": median(auc for auc, _ in found.values()) if found else None,
                "efficiency": median(efficiencies) if efficiencies else None,
            }
        )
    means = {
        name: float(np.average([auc for _, auc in some], weights=[weight for weight, _ in some]))
        for name, some in sums.items()
        if some
    }
    return {"edges": np.asarray(edges).tolist(), "bins": bins, "auc": means}


def _compare(
    background: ScoredEvents,
    signal: ScoredEvents,
    edges: NDArray[np.float64],
    k: int,
    floor: float,
) -> RocCurve | None:
    mine = signal.select(np.searchsorted(edges, signal.variables["met"]) == k)
    for events, least in ((background, floor), (mine, floor / 10)):
        sums = events.weight.sum(), (events.weight**2).sum()
        if not sums[0] > 0 or count_effective(*sums) < least:
            return None
    return RocCurve(background.score, background.weight, mine.score, mine.weight)


def measure_shapes(background: ScoredEvents) -> dict[str, Any]:
    """Measure how a cut that 1 % of the background passes changes its shape.

    Parameters
    ----------
    background
        The scored background.

    Returns
    -------
    dict
        By variable what `rapidmass.search.sculpting.measure_sculpting` found.
    """
    return {
        name: measure_sculpting(background, name, CUTS)
        for name in SHAPES
        if np.isfinite(background.variables.get(name, np.array([np.nan]))).any()
    }
