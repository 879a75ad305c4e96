"""Significances and the numbers around them.

Formulas: G. Cowan, K. Cranmer, E. Gross, O. Vitells, EPJC 71 (2011) 1554; with uncertain
background: G. Cowan, Discovery sensitivity for a counting experiment with background uncertainty,
2012, https://www.pp.rhul.ac.uk/~cowan/stat/medsig/medsigNote.pdf.
"""

from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

_SMALL = 0.01  # below it, these terms of a series in x, over x^2, the highest first, are exact
_EXCESS = [(-1) ** k / (k * (k - 1)) for k in range(10, 1, -1)]
_LAG = [(-1) ** k / k for k in range(10, 1, -1)]


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

    Z = sqrt(2 ((s + b) ln(1 + s/b) - s)), equation 97 of EPJC 71 (2011) 1554, in a form that holds
    where s << b.

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

    Examples
    --------
    >>> found = compute_asimov_significance(10, 100, b_variance=25)
    >>> print(f"{found.value:.3f} +- {found.uncertainty:.3f}")
    0.984 +- 0.024
    """
    return _compute_asimov(s, b, s_variance, b_variance, 0.0, 0.0)


def compute_profiled_significance(
    s: ArrayLike,
    b: ArrayLike,
    s_variance: ArrayLike = 0.0,
    b_variance: ArrayLike = 0.0,
    *,
    background_uncertainty: ArrayLike = 0.0,
    b_moments: tuple[ArrayLike, ArrayLike] = (0.0, 0.0),
) -> Significance:
    """Compute the expected significance of a counting experiment with uncertain background.

    Equation 20 of G. Cowan, Discovery sensitivity for a counting experiment with background
    uncertainty (2012), which follows from the profile likelihood of EPJC 71 (2011) 1554 with a
    measurement of the background beside that of the events:

    Z^2 / 2 = (s + b) ln((s + b)(b + v) / (b^2 + (s + b) v)) - b^2/v ln(1 + v s / (b (b + v))),

    where v is the variance of the background: that of the simulation, and that of a systematic
    uncertainty. Here it is written as b (h(r) - (1 + u)/u h(a)) with h(x) = (1 + x) ln(1 + x) - x,
    r = s/b, u = v/b and a = u r / (1 + u), so that it joins the formula for known background.

    Parameters
    ----------
    s, b
        Expected signal and background events.
    s_variance, b_variance
        Their variances from finite simulation. That of the background is part of v, and both are
        propagated linearly to the uncertainty of the result.
    background_uncertainty
        Relative systematic uncertainty of b: one for all, or of each.
    b_moments
        Sums of third and of fourth powers of the background's weights. An event more or less
        changes v, too: with them this counts in the uncertainty of the result.

    Returns
    -------
    Significance
        NaN where b is not positive or s is negative. Without any uncertainty of the background,
        that of `compute_asimov_significance`.
    """
    return _compute_asimov(
        s, b, s_variance, b_variance, b_variance, background_uncertainty, b_moments
    )


def evaluate_significance(s: ArrayLike, b: ArrayLike, variance: ArrayLike) -> NDArray[np.float64]:
    """Compute the value of `compute_profiled_significance` without its uncertainty.

    Parameters
    ----------
    s, b
        Expected signal and background events.
    variance
        Of b: that of the simulation and that of systematic uncertainties together.

    Returns
    -------
    ndarray of float64
        NaN where b is not positive or s is negative.
    """
    s, b = _broadcast(s, b)
    defined = (b > 0) & (s >= 0)
    s, b = np.where(defined, s, 0.0), np.where(defined, b, 1.0)
    value = _evaluate(b, *_relate(s, b, np.asarray(variance, dtype=np.float64)))
    return np.where(defined, value, np.nan)


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


def correct_curvature(
    compute: Callable[[NDArray[np.float64]], NDArray[np.float64]],
    b: ArrayLike,
    b_variance: ArrayLike,
) -> NDArray[np.float64]:
    """Correct a significance for the curvature that makes it too large on a finite simulation.

    A significance falls with b, and less and less: with a b that fluctuates it is on average larger
    than with the true b, by Z'' var(b) / 2 in second order. This is subtracted.

    Parameters
    ----------
    compute
        Significance as a function of b, whose first axis is one more than that of `b`.
    b, b_variance
        Expected background events and their variance from finite simulation.

    Returns
    -------
    ndarray of float64
        Never negative; NaN where the significance is.
    """
    b = np.asarray(b, dtype=np.float64)
    step = 1e-3 * b
    value, above, below = compute(np.stack([b, b + step, b - step]))
    bend = above - 2 * value + below
    with np.errstate(divide="ignore", invalid="ignore"):
        excess = np.where(step > 0, 0.5 * bend * np.asarray(b_variance) / step**2, np.nan)
    return np.asarray(np.maximum(value - excess, 0.0))


def combine_shifts(differences: NDArray[np.float64], sources: Sequence[str]) -> NDArray[np.float64]:
    """Combine what systematic variations change.

    Parameters
    ----------
    differences
        Shape (shifts, ...): shifted minus nominal.
    sources
        What is uncertain, of each shift.

    Returns
    -------
    ndarray of float64, shape (...)
        The larger one of the shifts of a source, sources added in quadrature: never negative. The
        order of the shifts changes nothing.
    """
    squares = np.zeros(differences.shape[1:])
    for source in sorted(set(sources)):
        own = [shift for shift, of in zip(differences, sources, strict=True) if of == source]
        squares += np.abs(own).max(axis=0) ** 2
    return np.sqrt(squares)


def compute_wilson_interval(
    fraction: ArrayLike, events: ArrayLike
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Compute the 68.3 % interval of a fraction.

    E. B. Wilson, JASA 22 (1927) 209: the true fractions from which the observed one is not more
    than one standard deviation away.

    Parameters
    ----------
    fraction
        Observed, 0 to 1.
    events
        Number of events that it is a fraction of: effective ones where they are weighted.

    Returns
    -------
    tuple of ndarray of float64
        Lower and upper ends, inside 0 to 1.
    """
    p, n = _broadcast(fraction, events)
    centre = (p + 0.5 / n) / (1 + 1 / n)
    half = np.sqrt(p * (1 - p) / n + 0.25 / n**2) / (1 + 1 / n)
    return np.clip(centre - half, 0.0, 1.0), np.clip(centre + half, 0.0, 1.0)


def _compute_asimov(
    s: ArrayLike,
    b: ArrayLike,
    s_variance: ArrayLike,
    b_variance: ArrayLike,
    simulation: ArrayLike,
    systematic: ArrayLike,
    moments: tuple[ArrayLike, ArrayLike] = (0.0, 0.0),
) -> Significance:
    s, b = _broadcast(s, b)
    systematic = np.asarray(systematic, dtype=np.float64)
    defined = (b > 0) & (s >= 0)
    s, b = np.where(defined, s, 0.0), np.where(defined, b, 1.0)
    variance = np.asarray(simulation, dtype=np.float64) + (systematic * b) ** 2
    r, u, a = _relate(s, b, variance)
    value = _evaluate(b, r, u, a)
    # derivatives of Z^2 / 2 by s, by b at fixed variance, and by the variance
    by_s = np.log1p(r) - np.log1p(a)
    by_b = (2 + u) / u * _lag(a) - _lag(r)
    by_variance = -_lag(a) / u**2
    with np.errstate(divide="ignore", invalid="ignore"):
        ds = np.where(value > 0, by_s / value, 1 / np.sqrt(b + variance))
        db = np.where(value > 0, (by_b + 2 * systematic**2 * b * by_variance) / value, 0.0)
        dv = np.where(value > 0, by_variance / value, 0.0)
    third, fourth = (np.asarray(moment, dtype=np.float64) for moment in moments)
    # an event of weight w moves b by w and its variance by w^2
    more = np.maximum(2 * db * dv * third + dv**2 * fourth, -(db**2) * np.asarray(b_variance))
    return _propagate(value, ds, db, s_variance, b_variance, defined, more)


def _relate(
    s: NDArray[np.float64], b: NDArray[np.float64], variance: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """Compute r, u and a of `compute_profiled_significance`."""
    r = s / b
    # below the smallest u nothing changes, but 1/u would not be finite
    u = np.maximum(variance / b, 1e-30)
    return r, u, u * r / (1 + u)


def _evaluate(
    b: NDArray[np.float64],
    r: NDArray[np.float64],
    u: NDArray[np.float64],
    a: NDArray[np.float64],
) -> NDArray[np.float64]:
    return np.asarray(np.sqrt(2 * b * np.maximum(_excess(r) - (1 + u) / u * _excess(a), 0.0)))


def _excess(x: NDArray[np.float64]) -> NDArray[np.float64]:
    """Compute (1 + x) ln(1 + x) - x, which cancels to x^2 / 2 where x is small: a series there."""
    series = x**2 * np.polyval(_EXCESS, x)
    return np.where(x < _SMALL, series, (1 + x) * np.log1p(x) - x)


def _lag(x: NDArray[np.float64]) -> NDArray[np.float64]:
    """Compute x - ln(1 + x), in the same way."""
    series = x**2 * np.polyval(_LAG, x)
    return np.where(x < _SMALL, series, x - np.log1p(x))


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
    more: ArrayLike = 0.0,
) -> Significance:
    variance = ds**2 * np.asarray(s_variance) + db**2 * np.asarray(b_variance) + more
    return Significance(
        np.where(defined, value, np.nan), np.where(defined, np.sqrt(variance), np.nan)
    )
