"""Significances and the numbers around them.

Formulas: G. Cowan, K. Cranmer, E. Gross, O. Vitells, EPJC 71 (2011) 1554.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray


class Significance(NamedTuple):
    """A significance and the statistical uncertainty that simulation gives it; NaN: undefined."""

    value: NDArray[np.float64]
    uncertainty: NDArray[np.float64]


def compute_asimov_significance(
    s: ArrayLike,
    b: ArrayLike,
    s_variance: ArrayLike = 0.0,
    b_variance: ArrayLike = 0.0,
) -> Significance:
    """Compute the expected significance of a counting experiment with known background.

    Z = sqrt(2 ((s + b) ln(1 + s/b) - s)), equation 97 of EPJC 71 (2011) 1554, with log1p so that
    it holds where s << b.

    Parameters
    ----------
    s, b
        Expected signal and background events.
    s_variance, b_variance
        Their variances from finite simulation, propagated linearly.

    Returns
    -------
    Significance
        NaN where b is not positive or s is negative: never infinite, never negative.
    """
    s, b = _broadcast(s, b)
    defined = (b > 0) & (s >= 0)
    s_safe, b_safe = np.where(defined, s, 0.0), np.where(defined, b, 1.0)
    logarithm = np.log1p(s_safe / b_safe)
    # (s + b) ln(1 + s/b) - s cancels to s^2 / 2b for small s/b: use the series there
    ratio = s_safe / b_safe
    series = b_safe * ratio**2 * (0.5 - ratio / 6.0 + ratio**2 / 12.0)
    bracket = np.where(ratio < 1e-4, series, (s_safe + b_safe) * logarithm - s_safe)
    value = np.sqrt(2.0 * np.maximum(bracket, 0.0))
    with np.errstate(divide="ignore", invalid="ignore"):
        # dZ/ds = ln(1 + s/b) / Z; dZ/db = (ln(1 + s/b) - s/b) / Z
        ds = np.where(value > 0, logarithm / value, 1.0 / np.sqrt(b_safe))
        db = np.where(value > 0, (logarithm - ratio) / value, 0.0)
    return _propagate(value, ds, db, s_variance, b_variance, defined)


def compute_simple_significance(
    s: ArrayLike,
    b: ArrayLike,
    s_variance: ArrayLike = 0.0,
    b_variance: ArrayLike = 0.0,
) -> Significance:
    """Compute s / sqrt(b), the limit of the expected significance for s << b.

    Parameters
    ----------
    s, b, s_variance, b_variance
        As in `compute_asimov_significance`.

    Returns
    -------
    Significance
        NaN where b is not positive or s is negative.
    """
    s, b = _broadcast(s, b)
    defined = (b > 0) & (s >= 0)
    s_safe, b_safe = np.where(defined, s, 0.0), np.where(defined, b, 1.0)
    value = s_safe / np.sqrt(b_safe)
    ds, db = 1.0 / np.sqrt(b_safe), -0.5 * value / b_safe
    return _propagate(value, ds, db, s_variance, b_variance, defined)


def count_effective(sum_w: ArrayLike, sum_w2: ArrayLike) -> NDArray[np.float64]:
    """Count effective events, (sum w)^2 / sum w^2.

    Parameters
    ----------
    sum_w, sum_w2
        Sums of weights and of squared weights.

    Returns
    -------
    ndarray of float64
        The number of unweighted events with the same relative uncertainty; 0 without events.
    """
    w, w2 = _broadcast(sum_w, sum_w2)
    return np.where(w2 > 0, w**2 / np.where(w2 > 0, w2, 1.0), 0.0)


def find_weighted_quantiles(
    values: NDArray[np.float64], weights: NDArray[np.float64], shares: ArrayLike
) -> NDArray[np.float64]:
    """Find the values below which given shares of the weight lie.

    Parameters
    ----------
    values, weights
        Shape (events,). Negative weights are allowed as long as their sum is positive.
    shares
        Shares of the total weight, 0 to 1.

    Returns
    -------
    ndarray of float64
        For each share the smallest of `values` such that events below it carry at least that
        share; minus infinity for a share of 0.

    Raises
    ------
    ValueError
        If there is no event, or the total weight is not positive.
    """
    if values.size == 0:
        raise ValueError("there are no events to take quantiles of")
    order = np.argsort(values, kind="stable")
    # with negative weights the sum may fall again: a share is reached where it is first passed
    cumulative = np.maximum.accumulate(np.cumsum(weights[order]))
    total = weights.sum()
    if not total > 0:
        raise ValueError(f"the total weight of {values.size} events is {total:g}: not positive")
    wanted = np.atleast_1d(np.asarray(shares, dtype=np.float64))
    index = np.searchsorted(cumulative, wanted * total, side="left")
    found = values[order][np.minimum(index, values.size - 1)]
    return np.where(wanted > 0, found, -np.inf)


def _broadcast(a: ArrayLike, b: ArrayLike) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    first, second = np.broadcast_arrays(
        np.asarray(a, dtype=np.float64), np.asarray(b, dtype=np.float64)
    )
    return first, second


def _propagate(
    value: NDArray[np.float64],
    ds: NDArray[np.float64],
    db: NDArray[np.float64],
    s_variance: ArrayLike,
    b_variance: ArrayLike,
    defined: NDArray[np.bool_],
) -> Significance:
    variance = ds**2 * np.asarray(s_variance) + db**2 * np.asarray(b_variance)
    return Significance(
        np.where(defined, value, np.nan), np.where(defined, np.sqrt(variance), np.nan)
    )
