"""Significances and upper limits of a fit from pseudo-experiments.

Where few events are expected the distributions of the test statistics are not the asymptotic ones.
Here they come from pseudo-experiments, in which what is uncertain is drawn as well (R. D. Cousins
and V. L. Highland, NIM A 320 (1992) 331).
"""

from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import isotonic_regression
from scipy.special import ndtr, ndtri

from rapidmass.search.fit_limits import BANDS, CONFIDENCE
from rapidmass.search.fit_model import Array, Model
from rapidmass.search.fit_solver import Data, Fit, fit, make_asimov

SAME = 1e-6  # test statistics that differ by less are equal
FEWEST = 10  # pseudo-experiments that a p-value is made of
STEPS = 16


def draw_toys(
    model: Model,
    strength: float,
    data: Data,
    number: int,
    rng: np.random.Generator,
) -> Data:
    """Draw pseudo-experiments.

    What is uncertain is drawn about what auxiliary measurements say of it, which stays as it is,
    and then the numbers of events; what nothing constrains is as it fits the data. Numbers of
    events alone decide then: were auxiliary measurements drawn as well, their chance would order
    experiments that saw the same, and limits at a background of few events would become lower for
    no better knowledge.

    Parameters
    ----------
    model
        The fit.
    strength
        Of the signal.
    data
        One set.
    number
        How many.
    rng
        Source of random numbers.

    Returns
    -------
    Data
        Numbers of events, with the same auxiliary measurements in all.
    """
    found = fit(model, data, strength)
    pulls, known = auxiliary = data.pulls, data.gammas
    size = (number, len(model.names))
    drawn = np.where(model.free, found.parameters, pulls + rng.standard_normal(size))
    gammas = known + model.errors * rng.standard_normal((number, len(model.errors)))
    rates = model.predict(drawn)
    expected = strength * rates.signal + np.maximum(gammas, 0.0) * rates.background
    seen = rng.poisson(np.maximum(expected, 0.0)).astype(np.float64)
    measured = (np.broadcast_to(values, (number, values.shape[1])) for values in auxiliary)
    return Data(seen, *measured)


class _Tested(NamedTuple):
    """Sets of data with their best fit."""

    data: Data
    best: Fit

    @classmethod
    def make(cls, model: Model, data: Data) -> "_Tested":
        return cls(data, fit(model, data))

    def test(self, model: Model, strength: float) -> Array:
        """Compute q~mu of each."""
        q = fit(model, self.data, strength).value - self.best.value
        return np.where(self.best.strength <= strength, np.maximum(q, 0.0), 0.0)

    def discover(self, model: Model) -> Array:
        """Compute q0 of each."""
        return np.maximum(fit(model, self.data, 0.0).value - self.best.value, 0.0)


def judge_by_toys(
    model: Model,
    asymptotic: Mapping[str, float],
    number: int,
    seed: int,
    *,
    observed: bool = False,
) -> dict[str, Any]:
    """Find significance and limits by pseudo-experiments.

    Parameters
    ----------
    model
        The fit.
    asymptotic
        Asymptotic limits, by band or `observed`: limits are sought around them.
    number
        Of pseudo-experiments for each hypothesis.
    seed
        Of random numbers.
    observed
        Whether the data of the model are tested; else what is expected without them.

    Returns
    -------
    dict
        `limits` on the strength, and `limit_uncertainties` by the number of pseudo-experiments, by
        band, or `observed`; None where CLs is not found to cross what is sought. `p_value` of the
        background alone and `significance`; if fewer than 10 pseudo-experiments are as extreme,
        they are those of 10, and `is_bound` says that the significance is larger.
    """
    rng = np.random.default_rng(seed)
    data = make_asimov(model, seen=model.observed if observed else None)
    background = _Tested.make(model, draw_toys(model, 0.0, data, number, rng))
    seen = _Tested.make(model, data) if observed else None
    labels = ["observed"] if observed else [str(n) for n in BANDS]
    reach = [asymptotic[label] for label in labels]
    strengths = np.geomspace(0.6 * min(reach), 2.2 * max(reach), STEPS)
    curves = np.array(
        [_scan_strength(model, data, background, seen, mu, number, rng) for mu in strengths]
    )
    limits = {
        label: _solve(strengths, curves[:, place, 0], curves[:, place, 1])
        for place, label in enumerate(labels)
    }
    if seen is None:
        signal = draw_toys(model, 1.0, make_asimov(model, 1.0), number, rng)
        reached = float(np.median(_Tested.make(model, signal).discover(model)))
    else:
        reached = float(seen.discover(model)[0])
    return {
        "toys": number,
        "limits": {label: found and found[0] for label, found in limits.items()},
        "limit_uncertainties": {label: found and found[1] for label, found in limits.items()},
        **_judge(background.discover(model), reached),
    }


def _judge(q0: Array, reached: float) -> dict[str, Any]:
    as_extreme = int((q0 >= reached - SAME).sum())
    p_value = max(as_extreme, FEWEST) / len(q0)
    return {
        "p_value": p_value,
        "significance": max(float(-ndtri(min(p_value, 1.0 - 1e-12))), 0.0),
        "is_bound": as_extreme < FEWEST,
    }


def _scan_strength(
    model: Model,
    data: Data,
    background: _Tested,
    seen: _Tested | None,
    strength: float,
    number: int,
    rng: np.random.Generator,
) -> list[tuple[float, float]]:
    """Compute CLs and its relative uncertainty, for each band or what was seen."""
    drawn = draw_toys(model, strength, data, number, rng)
    q_signal = _Tested.make(model, drawn).test(model, strength)
    q_background = background.test(model, strength)
    if seen is None:
        # the more is seen, the smaller is q
        quantiles = ndtr(-np.array(BANDS, dtype=np.float64))
        reached = np.quantile(q_background, quantiles, method="inverted_cdf")
    else:
        reached = seen.test(model, strength)
    return [_compute_cls(q_signal, q_background, q) for q in reached]


def _compute_cls(q_signal: Array, q_background: Array, reached: float) -> tuple[float, float]:
    """Compute CLs, at least that of half a pseudo-experiment, and its relative uncertainty."""
    as_extreme = (float((q >= reached - SAME).sum()) for q in (q_signal, q_background))
    with_signal, without = (max(count, 0.5) for count in as_extreme)
    size = len(q_signal)
    error = np.sqrt(max(1 / with_signal + 1 / without - 2 / size, 1 / size**2))
    return with_signal / without, float(error)


def _solve(
    strengths: NDArray[np.float64], cls: NDArray[np.float64], errors: NDArray[np.float64]
) -> tuple[float, float] | None:
    """Find where CLs, which falls with the strength, is that of the limit.

    The logarithms are made to fall where chance lets them rise (isotonic regression), and are
    interpolated by straight lines.

    Returns
    -------
    tuple or None
        The limit, and the uncertainty that the number of pseudo-experiments leaves; None where it
        is outside of what was measured.
    """
    falling = isotonic_regression(np.log(cls), weights=errors**-2, increasing=False)
    heights = falling.x - np.log(1 - CONFIDENCE)
    above = np.flatnonzero(heights > 0)
    if not above.size or above[-1] == len(strengths) - 1:
        return None
    left = int(above[-1])
    low, high = strengths[left : left + 2]
    slope = (heights[left + 1] - heights[left]) / (high - low)
    limit = float(low - heights[left] / slope)
    # what the neighbours of the crossing leave, along the slope of a wider range
    first, last = max(left - 1, 0), min(left + 2, len(strengths) - 1)
    mean = (heights[last] - heights[first]) / (strengths[last] - strengths[first])
    error = float(np.sqrt((errors[left] ** 2 + errors[left + 1] ** 2) / 4))
    return limit, error / abs(float(mean))
