"""Two groups of weighted events, compared by the largest distance of their distributions.

Kolmogorov's formula holds for events of equal weight. Here the p-value is the share of
permutations, in which events change groups at random and keep value and weight, with a distance as
large: it is uniform where value and weight have nothing to do with the group (E. J. G. Pitman,
Suppl. J. R. Stat. Soc. 4 (1937) 119).
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from rapidmass.statistics.ranked import Values


class Distance(NamedTuple):
    """The largest difference of two distribution functions, and its p-value."""

    distance: float
    p_value: float


def compare_distributions(
    first: tuple[Values, NDArray[np.float64]],
    second: tuple[Values, NDArray[np.float64]],
    *,
    permutations: int,
    rng: np.random.Generator,
) -> Distance:
    """Compare the distributions of two groups of events.

    Parameters
    ----------
    first, second
        Values and weights, each of shape (events,). Weights may be negative as long as both sums
        are positive.
    permutations
        How many; the smallest p-value is 1 / (permutations + 1).
    rng
        Draws the permutations.

    Returns
    -------
    Distance
        Of the normalised distribution functions.

    Raises
    ------
    ValueError
        If the weights of a group do not add up to more than 0.
    """
    values, weights = (
        np.concatenate([first[k], second[k]]).astype(np.float64, copy=False) for k in (0, 1)
    )
    group = np.arange(len(values)) < len(first[0])
    for mine in (group, ~group):
        if not weights[mine].sum() > 0:
            raise ValueError("the weights of a group of events do not add up to more than 0")
    order = np.argsort(values, kind="stable")
    values, weights, group = values[order], weights[order], group[order]
    ends = np.append(np.flatnonzero(np.diff(values)), len(values) - 1)  # of equal values
    found = _measure(weights, group, ends)
    reached = sum(
        _measure(weights, rng.permutation(group), ends) >= found for _ in range(permutations)
    )
    return Distance(found, (1 + reached) / (1 + permutations))


def _measure(
    weights: NDArray[np.float64], group: NDArray[np.bool_], ends: NDArray[np.int64]
) -> float:
    sums = [np.cumsum(np.where(mine, weights, 0.0)) for mine in (group, ~group)]
    if not min(total[-1] for total in sums) > 0:
        return np.inf  # a group that negative weights leave nothing of is as far away as can be
    first, second = (total[ends] / total[-1] for total in sums)
    return float(np.abs(first - second).max())
