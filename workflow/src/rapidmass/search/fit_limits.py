"""Significances and upper limits of a fit in the asymptotic approximation.

Formulas are those of G. Cowan et al., EPJC 71 (2011) 1554: q0 for a discovery and q~mu for limits,
with CLs (A. Read, J. Phys. G 28 (2002) 2693).
"""

from typing import Any

import numpy as np
from scipy.optimize import brentq
from scipy.special import ndtr, ndtri

from rapidmass.search.fit_model import Array, Model
from rapidmass.search.fit_solver import Data, fit, make_asimov

CONFIDENCE = 0.95
BANDS = (-2, -1, 0, 1, 2)  # standard deviations


def compute_significance(model: Model, data: Data) -> Array:
    """Compute the significance of a signal, sqrt(q0).

    Parameters
    ----------
    model
        The fit.
    data
        Sets of data: the Asimov data with the signal for what is expected.

    Returns
    -------
    ndarray of float64, shape (fits,)
        0 where no signal is fitted.
    """
    without, best = fit(model, data, 0.0), fit(model, data)
    return np.sqrt(np.maximum(without.value - best.value, 0.0))


def compute_expected_limits(model: Model) -> dict[str, float]:
    """Compute the expected upper limits on the strength of the signal at 95 % confidence.

    If n standard deviations more than the background are seen, CLs is (1 - Phi(r - n)) / Phi(n)
    with the root r of q~mu for the expected background (equations 65 and 88).

    Parameters
    ----------
    model
        The fit; with a signal.

    Returns
    -------
    dict
        By number of standard deviations, see `BANDS`.
    """
    asimov = make_asimov(model)
    limits, start = {}, _guess(model)
    for n in BANDS:
        needed = n - float(ndtri((1 - CONFIDENCE) * ndtr(n)))

        def lack(strength: float, needed: float = needed) -> float:
            # these data are met by a strength of 0: nothing is subtracted
            return float(np.sqrt(fit(model, asimov, strength).value[0])) - needed

        limits[str(n)] = _find_root(lack, start)
        start = limits[str(n)]
    return limits


def compute_observed_limit(model: Model) -> float:
    """Compute the observed upper limit on the strength of the signal at 95 % confidence.

    Parameters
    ----------
    model
        The fit, with what was seen.

    Returns
    -------
    float
        By q~mu (equations 62 to 66), with the Asimov data of the background that fits the data.
    """
    data = make_asimov(model, seen=model.observed)
    background = fit(model, data, 0.0)
    asimov = make_fitted_asimov(model, background.parameters, background.gammas)
    best = fit(model, data)

    def lack(strength: float) -> float:
        q = 0.0
        if strength > best.strength[0]:
            q = max(float(fit(model, data, strength).value[0] - best.value[0]), 0.0)
        reference = float(fit(model, asimov, strength).value[0])
        root, scale = np.sqrt(q), np.sqrt(reference)
        if q > reference > 0:
            above, below = (q + reference) / (2 * scale), (q - reference) / (2 * scale)
        else:
            above, below = root, root - scale
        return float(1 - CONFIDENCE - ndtr(-above) / ndtr(-below))

    return _find_root(lack, max(_guess(model), float(best.strength[0])))


def make_fitted_asimov(model: Model, parameters: Array, gammas: Array) -> Data:
    """Make the data set that meets the background with fitted parameters.

    Parameters
    ----------
    model
        The fit.
    parameters, gammas
        Shape (1, parameters) and (1, bins).

    Returns
    -------
    Data
        One set.
    """
    seen = gammas * model.predict(parameters).background
    return Data(seen, np.where(model.free, 1.0, parameters), gammas)


def _guess(model: Model) -> float:
    """Guess where limits are, without uncertainties."""
    used = model.signal > 0
    s, b = model.signal[used], model.nominal[used]
    return float(min(2 / np.sqrt((s**2 / b).sum()) + 3 / s.sum(), 1e300))


def _find_root(lack: Any, guess: float) -> float:  # noqa: ANN401
    """Find where a function that rises with the strength is 0."""
    low, high = 0.0, guess
    while lack(high) < 0:
        low, high = high, high * 2
    return float(brentq(lack, low, high, rtol=1e-6))


def find_sensitive_background(model: Model) -> float:
    """Find the background of the bins that matter.

    Parameters
    ----------
    model
        The fit.

    Returns
    -------
    float
        Of the bins with the largest signal over background that hold half of the sum of s^2 / b.
    """
    s, b = model.signal, model.nominal
    order = np.argsort(-s / b, kind="stable")
    gained = np.cumsum((s**2 / b)[order])
    number = int(np.searchsorted(gained, gained[-1] / 2)) + 1
    return float(b[order][:number].sum())


def rank_parameters(model: Model, strength: float = 1.0) -> dict[str, Any]:
    """Measure what each parameter contributes to the uncertainty of the signal strength.

    Parameters
    ----------
    model
        The fit.
    strength
        Of the signal in the Asimov data.

    Returns
    -------
    dict
        `strength_uncertainty`, from the curvature of the likelihood; `parameters`: of each its
        `constraint` (uncertainty after the fit, in units of that before; of a free one itself) and
        `impact` (by how much the strength moves with it by that uncertainty), largest first, with
        the size of the simulation, of all bins together, as `simulation`.
    """
    found = fit(model, make_asimov(model, strength))
    covariance = found.covariance[0]
    error = np.sqrt(np.diag(covariance))
    ranked: list[dict[str, Any]] = [
        {
            "name": name,
            "constraint": float(error[k]),
            "impact": float(covariance[0, k] / error[k]) if error[k] > 0 else 0.0,
        }
        for k, name in enumerate(model.names, start=1)
    ]
    known = model.assume_large_simulation()
    other = float(fit(known, make_asimov(known, strength)).covariance[0, 0, 0])
    simulation = float(np.sqrt(max(covariance[0, 0] - other, 0.0)))
    ranked.append({"name": "simulation", "constraint": None, "impact": simulation})
    ranked.sort(key=lambda one: -abs(one["impact"]))
    return {"strength_uncertainty": float(error[0]), "parameters": ranked}
