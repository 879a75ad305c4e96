"""What a systematic shift changes: yields of the same simulated events, and bins."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from rapidmass.scores.read import ScoredEvents
from rapidmass.statistics.significance import combine_shifts


class Effect(NamedTuple):
    """Relative change of a yield, and its statistical uncertainty; None without a yield."""

    relative: float | None
    uncertainty: float | None


def compare_yields(nominal: ScoredEvents, shifted: ScoredEvents) -> Effect:
    """Compare the yields of the same simulated events before and after a shift.

    The statistical uncertainty counts an event that passes both times once: with weights n and m
    (0 where it does not pass), R = sum m / sum n has the variance sum (m - R n)^2 / (sum n)^2, by
    linear propagation of independent events.

    Parameters
    ----------
    nominal, shifted
        Events that pass; keys tell which are the same.

    Returns
    -------
    Effect
        R - 1 and its uncertainty: 0 where all weights change by one factor.
    """
    total = nominal.weight.sum()
    if not total > 0:
        return Effect(None, None)
    ratio = shifted.weight.sum() / total
    _, old, new = np.intersect1d(nominal.key, shifted.key, return_indices=True)
    residuals = -ratio * nominal.weight
    residuals[old] += shifted.weight[new]
    appeared = np.delete(shifted.weight, new)
    variance = (residuals**2).sum() + (appeared**2).sum()
    return Effect(float(ratio - 1), float(np.sqrt(variance) / total))


def describe_differences(
    differences: Mapping[str, NDArray[np.float64]], sources: Mapping[str, str]
) -> dict[str, Any]:
    """Describe what systematic variations do to the bins of a histogram.

    Parameters
    ----------
    differences
        Shifted minus nominal events in each bin, by shift; at least one.
    sources
        What is uncertain, by shift.

    Returns
    -------
    dict
        `shifts`: the differences. `total`: the combined absolute uncertainty of each bin.
    """
    names = sorted(differences)
    rows = np.array([differences[name] for name in names])
    return {
        "shifts": dict(zip(names, rows.tolist(), strict=True)),
        "total": combine_shifts(rows, [sources[name] for name in names]).tolist(),
    }


def align_shifts(shifts: NDArray[np.float64], sources: Sequence[str]) -> NDArray[np.float64]:
    """Find the larger of the shifts of each source in each bin, with a sign.

    Bins are correlated through the signs: those of the shift that is the largest as a whole. Shifts
    in the other direction, as down is to up, are turned before they are compared.

    Parameters
    ----------
    shifts
        Shape (shifts, bins): by how many events each moves the bins.
    sources
        Of each shift.

    Returns
    -------
    ndarray of float64, shape (sources, bins)
        By name of the source. In quadrature they are what
        `rapidmass.statistics.significance.combine_shifts` finds.
    """
    aligned = []
    for source in sorted(set(sources)):
        own = shifts[np.array(sources) == source]
        largest = own[np.argmax((own**2).sum(axis=1))]
        own = np.where(own @ largest < 0, -1.0, 1.0)[:, None] * own
        place = np.abs(own).argmax(axis=0)[None]
        aligned.append(np.take_along_axis(own, place, axis=0)[0])
    return np.array(aligned)
