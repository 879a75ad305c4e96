"""How unlikely an excess of events is, anywhere along a score, if there is background alone.

The score is cut into bins by quantiles of the simulated background, so that no event that is looked
at has a say in where they lie. The largest local significance of all ranges of neighbouring bins is
compared with that of pseudo-experiments (the look-elsewhere effect). Only the shape counts: the
background is scaled to the number of observed events, so its normalisation and its uncertainty
drop out of the p-value altogether.
"""

from collections.abc import Mapping
from statistics import NormalDist
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from rapidmass.search.expected_background import Expectation, Values

TOYS_AT_ONCE = 4096
EQUAL = 1e-9  # significances of equal counts may differ in the last bits


def compute_local_significance(
    observed: ArrayLike, expected: ArrayLike, variance: ArrayLike
) -> NDArray[np.float64]:
    """Compute the significance of observed events over an uncertain background.

    Equation 17 of G. Cowan, Discovery sensitivity for a counting experiment with background
    uncertainty (2012), a profile likelihood ratio; with the sign of the difference, so that a lack
    of events is negative. `rapidmass.statistics.significance.compute_profiled_significance` is what
    it is expected to be for a signal.

    Parameters
    ----------
    observed
        Numbers of events.
    expected, variance
        Expected background and its variance, both positive. All are broadcast.

    Returns
    -------
    ndarray of float64
        In standard deviations.
    """
    n, b, v = (np.asarray(values, dtype=np.float64) for values in (observed, expected, variance))
    ratio = np.where(n > 0, n, 1.0) * (b + v) / (b**2 + n * v)
    half = n * np.log(ratio) - b**2 / v * np.log1p(v * (n - b) / (b * (b + v)))
    value: NDArray[np.float64] = np.sign(n - b) * np.sqrt(2 * np.maximum(half, 0.0))
    return value


def list_ranges(bins: int, widest: int) -> NDArray[np.int64]:
    """List all ranges of neighbouring bins.

    Parameters
    ----------
    bins
        Number of bins.
    widest
        Most bins of a range; never all.

    Returns
    -------
    ndarray of int64, shape (ranges, 2)
        First bin, and the one behind the last.
    """
    most = min(widest, bins - 1)
    pairs = [(start, start + k) for k in range(1, most + 1) for start in range(bins - k + 1)]
    return np.array(pairs, dtype=np.int64).reshape(-1, 2)


def scan_ranges(
    counts: NDArray[np.int64], background: Expectation, ranges: NDArray[np.int64]
) -> NDArray[np.float64]:
    """Compute the local significance of every range of bins.

    Parameters
    ----------
    counts
        Shape (experiments, bins). The background is scaled to the sum of each experiment.
    background
        What is expected.
    ranges
        From `list_ranges`.

    Returns
    -------
    ndarray of float64, shape (experiments, ranges)
        In standard deviations.
    """
    total = background.expected.sum()
    scale = counts.sum(axis=1, keepdims=True) / total
    n, b, v = (
        _sum_ranges(values, ranges)
        for values in (counts, background.expected[None], background.total_variance[None])
    )
    v = v + (_sum_ranges(background.shifts, ranges) ** 2).sum(axis=0)
    return compute_local_significance(n, scale * b, scale**2 * v)


def _sum_ranges(values: NDArray[Any], ranges: NDArray[np.int64]) -> NDArray[np.float64]:
    cumulative = np.pad(np.cumsum(values, axis=1, dtype=np.float64), ((0, 0), (1, 0)))
    return cumulative[:, ranges[:, 1]] - cumulative[:, ranges[:, 0]]


def draw_experiments(
    background: Expectation, events: int, number: int, rng: np.random.Generator
) -> NDArray[np.int64]:
    """Draw pseudo-experiments from the background, of which we know as much as we do.

    The true content of each bin is drawn from a gamma distribution with the expected mean and the
    variance of simulation and systematic uncertainty together, and moved with the others by normal
    deviates of what shifts all bins; events are shared out among the bins by these contents.

    Parameters
    ----------
    background
        What is expected.
    events
        Events in each experiment.
    number
        Number of experiments.
    rng
        Random numbers.

    Returns
    -------
    ndarray of int64, shape (number, bins)
        Counts.
    """
    shape = background.expected**2 / background.total_variance
    true = rng.gamma(shape, background.expected / shape, (number, len(shape)))
    true += rng.standard_normal((number, len(background.shifts))) @ background.shifts
    true = np.maximum(true, 0.0)
    return rng.multinomial(events, true / true.sum(axis=1, keepdims=True))


def find_excess(
    scores: Values, background: Expectation, *, widest: int, toys: int, seed: int
) -> dict[str, Any]:
    """Test whether observed events exceed the background anywhere along the score.

    Parameters
    ----------
    scores
        Shape (events,): observed events.
    background
        From `divide_background`.
    widest
        Most neighbouring bins that an excess is looked for in.
    toys
        Number of pseudo-experiments.
    seed
        Of their random numbers.

    Returns
    -------
    dict
        `observed` and `expected` (lists by bin; the background as scaled to the events), `cuts`,
        `scale` (that factor), `ranges` (how many were tried), and `best`: the range with the
        largest local significance, with the p-value of one as large anywhere. None where there are
        no two bins to compare, or no events. `best` has `above` and `up_to` (scores; None: no
        end), `observed`, `expected`, `local_significance`, `p_value`, `p_value_uncertainty`
        (binomial), `at_floor` (no pseudo-experiment reaches it), `global_significance`, and
        `equal`: the share of pseudo-experiments that are exactly as significant. They are counted
        as reaching it, so that where events are few the p-value is larger than it could be.
    """
    counts = background.count(scores)
    scale = len(scores) / background.expected.sum()
    ranges = list_ranges(len(counts), widest)
    variance = background.total_variance + (background.shifts**2).sum(axis=0)
    result: dict[str, Any] = {
        "cuts": background.cuts.tolist(),
        "observed": counts.tolist(),
        "expected": (scale * background.expected).tolist(),
        "expected_uncertainty": (scale * np.sqrt(variance)).tolist(),
        "scale": float(scale),
        "ranges": len(ranges),
        "toys": toys,
        "best": None,
    }
    if not len(ranges) or not len(scores):
        return result
    local = scan_ranges(counts[None], background, ranges)[0]
    best = int(np.argmax(local))
    drawn = _draw_largest(background, len(scores), ranges, toys, seed)
    first, behind = (int(edge) for edge in ranges[best])
    cuts = [None, *result["cuts"], None]
    result["best"] = {
        "above": cuts[first],
        "up_to": cuts[behind],
        "observed": int(counts[first:behind].sum()),
        "expected": float(scale * background.expected[first:behind].sum()),
        "local_significance": float(local[best]),
        **_compare(float(local[best]), drawn),
    }
    return result


def _draw_largest(
    background: Expectation, events: int, ranges: NDArray[np.int64], toys: int, seed: int
) -> NDArray[np.float64]:
    """Draw the largest local significance of each of some pseudo-experiments."""
    rng = np.random.default_rng(seed)
    largest = np.empty(toys)
    for start in range(0, toys, TOYS_AT_ONCE):
        part = largest[start : start + TOYS_AT_ONCE]
        counts = draw_experiments(background, events, len(part), rng)
        part[:] = scan_ranges(counts, background, ranges).max(axis=1)
    return largest


def _compare(found: float, drawn: NDArray[np.float64]) -> Mapping[str, Any]:
    """Compare a statistic with that of pseudo-experiments; the observation counts as one."""
    reached = int(np.count_nonzero(drawn >= found - EQUAL))
    p = (1 + reached) / (1 + len(drawn))
    return {
        "p_value": p,
        "p_value_uncertainty": float(np.sqrt(p * (1 - p) / (1 + len(drawn)))),
        "at_floor": reached == 0,
        "global_significance": -NormalDist().inv_cdf(p) if p < 1 else None,
        "equal": float(np.mean(np.abs(drawn - found) < EQUAL)),
    }
