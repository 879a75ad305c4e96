"""Differences of results that share events: a paired bootstrap.

In a replica each event counts as often as a Poisson number of mean 1 says, which belongs to the
event's key: two results that share events share their luck, and it falls out of the difference
(B. Efron, R. J. Tibshirani, An introduction to the bootstrap, 1993; with Poisson numbers: N.
Chamandy et al., Google technical report, 2012).
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from scipy.special import pdtr

from rapidmass.storage.event_keys import draw_uniform

BETTER, NOT_BETTER, UNDECIDED = "better", "not better", "undecided"
DEVIATIONS = 1.645  # one-sided 95 %
LEAST = 0.8  # share of the replicas in which both results are defined

# of the numbers that are reached; beyond, the probability is below 1e-16
_LIMITS = pdtr(np.arange(20), 1.0)


def draw_copies(key: NDArray[np.uint64], replica: int, salt: str) -> NDArray[np.float64]:
    """Draw how often each event counts in a replica.

    Parameters
    ----------
    key
        Shape (events,): event keys.
    replica
        Number of the replica.
    salt
        What events they are: signals and background are independent.

    Returns
    -------
    ndarray of float64, shape (events,)
        Whole numbers, of mean 1.
    """
    uniform = draw_uniform(key, f"bootstrap {salt} {replica}")
    return np.searchsorted(_LIMITS, uniform, side="right").astype(np.float64)


def judge_difference(
    own: float | None,
    other: float | None,
    own_replicas: Sequence[float | None],
    other_replicas: Sequence[float | None],
) -> str:
    """Judge whether a result is larger than another one that shares its events.

    Parameters
    ----------
    own, other
        The results; None where undefined.
    own_replicas, other_replicas
        The same in the replicas of a bootstrap, in one order.

    Returns
    -------
    str
        `better` if the difference is larger than `DEVIATIONS` of its standard deviations, `not
        better` if it is smaller than minus that many, else `undecided`: also where a result is
        undefined, or is so in more than a few of the replicas.
    """
    if own is None or other is None or not own_replicas:
        return UNDECIDED
    pairs = zip(own_replicas, other_replicas, strict=True)
    differences = np.array([a - b for a, b in pairs if a is not None and b is not None])
    if len(differences) < max(LEAST * len(own_replicas), 2):
        return UNDECIDED
    deviation = float(differences.std(ddof=1))
    if own - other > DEVIATIONS * deviation:
        return BETTER
    return NOT_BETTER if own - other < -DEVIATIONS * deviation else UNDECIDED
