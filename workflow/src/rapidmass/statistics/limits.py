"""Expected upper limits on a signal, by the CLs method on a binned likelihood.

The likelihood is a HistFactory model, written in the format of pyhf (L. Heinrich et al., JOSS 6
(2021) 2823). Limits are asymptotic (EPJC 71 (2011) 1554) with CLs (A. Read, J. Phys. G 28 (2002)
2693), as pyhf computes them; but the fit is solved here, because that of pyhf takes derivatives
numerically, which fails from about a million background events on.
"""

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import brentq
from scipy.special import ndtr, ndtri

from rapidmass.statistics.weighted_events import count_effective, find_weighted_quantiles

CONFIDENCE = 0.95
BANDS = (-2, -1, 0, 1, 2)  # standard deviations
LARGEST_PULL = 5.0  # where pyhf ends the range of a systematic uncertainty
VERSION = "1.0.0"


class Template(NamedTuple):
    """Expected events in bins, with their variance from simulation: each of shape (bins,)."""

    values: NDArray[np.float64]
    variances: NDArray[np.float64]


def choose_edges(
    values: NDArray[np.floating[Any]],
    weights: NDArray[np.float64],
    bins: int,
    minimum_effective_events: float,
) -> NDArray[np.float64]:
    """Choose bins by the background alone: each holds half of what the one below holds.

    Parameters
    ----------
    values, weights
        Shape (events,): the observable of the background.
    bins
        How many bins to begin with.
    minimum_effective_events
        A bin with fewer effective events, or without positive weight, is merged with the one below;
        the lowest with the one above.

    Returns
    -------
    ndarray of float64, shape (edges,)
        From minus to plus infinity; an event belongs to the bin whose lower edge it reaches.

    Raises
    ------
    ValueError
        If all events together are too few.
    """
    template = fill_template(values, weights, np.array([-np.inf, np.inf]))
    if not _is_filled(template, 0, 1, minimum_effective_events):
        raise ValueError(
            f"fewer than {minimum_effective_events:g} effective background events, or no positive "
            "weight, are left: cut less on the score, or simulate more events"
        )
    shares = 1 - 0.5 ** np.arange(1, bins)
    inner = np.unique(find_weighted_quantiles(values, weights, shares))
    edges = np.array([-np.inf, *inner, np.inf])
    fine = fill_template(values, weights, edges)
    chosen, top = [np.inf], len(fine.values)
    for bottom in range(top - 1, -1, -1):
        if _is_filled(fine, bottom, top, minimum_effective_events):
            chosen.append(edges[bottom])
            top = bottom
    if top > 0:  # what is left below is too little: it joins the bin above
        chosen[-1] = -np.inf
    return np.array(chosen[::-1])


def _is_filled(template: Template, bottom: int, top: int, minimum: float) -> bool:
    total, variance = (content[bottom:top].sum() for content in template)
    return bool(total > 0 and count_effective(total, variance) >= minimum)


def fill_template(
    values: NDArray[np.floating[Any]], weights: NDArray[np.float64], edges: NDArray[np.float64]
) -> Template:
    """Fill the bins of a fit.

    Parameters
    ----------
    values, weights
        Shape (events,).
    edges
        From `choose_edges`.

    Returns
    -------
    Template
        One entry a bin.
    """
    place = np.searchsorted(edges[1:-1], values, side="right")
    size = len(edges) - 1
    return Template(
        np.bincount(place, weights, size).astype(np.float64),
        np.bincount(place, weights**2, size).astype(np.float64),
    )


def make_workspace(
    signal: Template, background: Template, background_uncertainty: float
) -> dict[str, Any]:
    """Describe the fit: one channel, with the strength of the signal as what is sought.

    Parameters
    ----------
    signal
        At its theoretical cross section. Bins in which negative weights prevail count as empty.
    background
        All channels together.
    background_uncertainty
        Relative, the same in all bins.

    Returns
    -------
    dict
        A pyhf workspace. The background has an uncertainty from the size of the simulation in each
        bin. The observation is the expected background: nothing is read off data.
    """
    modifiers: list[dict[str, Any]] = [
        {"name": "simulation", "type": "staterror", "data": np.sqrt(background.variances).tolist()}
    ]
    if background_uncertainty > 0:
        ends = {"hi": 1 + background_uncertainty, "lo": 1 - background_uncertainty}
        modifiers.append({"name": "systematic", "type": "normsys", "data": ends})
    strength = {"name": "mu", "type": "normfactor", "data": None}
    samples = [
        {"name": "signal", "data": np.maximum(signal.values, 0).tolist(), "modifiers": [strength]},
        {"name": "background", "data": background.values.tolist(), "modifiers": modifiers},
    ]
    return {
        "channels": [{"name": "search", "samples": samples}],
        "observations": [{"name": "search", "data": background.values.tolist()}],
        "measurements": [{"name": "search", "config": {"poi": "mu", "parameters": []}}],
        "version": VERSION,
    }


def compute_expected_limits(
    signal: Template, background: Template, background_uncertainty: float
) -> list[float] | None:
    """Compute the expected upper limits on the strength of the signal at 95 % confidence.

    If n standard deviations more than the background are seen, CLs is (1 - Phi(r - n)) / Phi(n)
    with the root r of the profile likelihood ratio q for the expected background (equations 65 and
    88 of EPJC 71 (2011) 1554): a strength is excluded if r is large enough.

    Parameters
    ----------
    signal, background, background_uncertainty
        As in `make_workspace`.

    Returns
    -------
    list of float or None
        In units of the signal at its theoretical cross section, for each of `BANDS`. None if there
        is no signal.
    """
    s = np.maximum(signal.values, 0)
    if not s.sum() > 0:
        return None
    limits = []
    for n in BANDS:
        needed = n - float(ndtri((1 - CONFIDENCE) * ndtr(n)))

        def lack(strength: float, needed: float = needed) -> float:
            q = compute_likelihood_ratio(strength * s, background, background_uncertainty)
            return float(np.sqrt(q)) - needed

        high = 1.0 / float(s.sum())
        while lack(high) < 0:
            high *= 2
        limits.append(float(brentq(lack, 0.0, high, rtol=1e-9)))
    return limits


def compute_likelihood_ratio(
    s: NDArray[np.float64], background: Template, background_uncertainty: float
) -> float:
    """Compute -2 ln of the profile likelihood ratio of a signal, if the background is observed.

    Parameters
    ----------
    s
        Shape (bins,): expected signal, not negative.
    background, background_uncertainty
        As in `make_workspace`.

    Returns
    -------
    float
        0 for no signal.
    """
    b, variance = background
    scale = _make_scale(background_uncertainty)

    def fit_bins(factor: float) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Fit the background of each bin to a factor: what is expected in all, and of background.

        Each bin minimises total - b ln(total) + (fitted - b)^2 / (2 variance) with total = s +
        factor x fitted: a quadratic equation. No background is less than none.
        """
        spread = variance * factor**2
        half = (s + factor * b - spread) / 2
        total = np.maximum(half + np.sqrt(half**2 + spread * b), s)
        return total, (total - s) / factor

    def slope(pull: float) -> float:
        """Compute the derivative of half of the result by the pull of the systematic."""
        factor, rate = scale(pull)
        total, fitted = fit_bins(factor)
        return float(pull + ((1 - b / total) * fitted).sum() * rate)

    pull = 0.0
    if slope(0.0) > 0:  # a signal pulls the background down
        free = slope(-LARGEST_PULL) < 0
        pull = float(brentq(slope, -LARGEST_PULL, 0.0, xtol=1e-14)) if free else -LARGEST_PULL
    total, fitted = fit_bins(scale(pull)[0])
    excess = (total - b) / b
    known = variance > 0
    constraint = ((fitted - b)[known] ** 2 / variance[known]).sum()
    likelihood = 2 * (b * (excess - np.log1p(excess))).sum()
    return max(float(likelihood + constraint + pull**2), 0.0)


def _make_scale(uncertainty: float) -> Callable[[float], tuple[float, float]]:
    """Make the scale of the background at a pull of at most 0, and its derivative.

    As in HistFactory (K. Cranmer et al., CERN-OPEN-2012-016) and pyhf: exponential beyond a pull of
    1, and between a polynomial of degree 6 that joins it with two derivatives on both sides.
    """
    logarithms = np.log1p([uncertainty, -uncertainty])
    ends = np.exp(logarithms)
    sides, powers = np.array([1.0, -1.0]), np.arange(1, 7)
    conditions = [(1, powers), (0, powers * (powers - 1))]
    matrix = [[side**k for k in powers] for side in sides]
    for odd, factors in conditions:
        matrix += [[f * side ** (k + odd) for f, k in zip(factors, powers, strict=True)]
                   for side in sides]  # fmt: skip
    wanted = [*(ends - 1), *(sides * ends * logarithms), *(ends * logarithms**2)]
    polynomial = np.polynomial.Polynomial([1.0, *np.linalg.solve(matrix, wanted)])
    slope = polynomial.deriv()

    def scale(pull: float) -> tuple[float, float]:
        if pull > -1:
            return float(polynomial(pull)), float(slope(pull))
        value = float(np.exp(-pull * logarithms[1]))
        return value, -float(logarithms[1]) * value

    return scale
