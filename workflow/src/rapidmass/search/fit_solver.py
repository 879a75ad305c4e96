"""Maximum-likelihood fits of many sets of data to one model at once.

Pseudo-experiments take thousands of fits, and background of millions of events fits that know their
derivatives. The parameter of each bin is solved for exactly, which leaves few others: these are
found by Newton's steps, all sets of data at a time. The likelihood is that of pyhf.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from rapidmass.search.fit_model import Array, Model

PRECISION = 1e-14  # of the logarithm of the likelihood: signals may be far out of reach
MOST_STEPS = 300
TINY = 1e-12
LEAST = 0.1


class Data(NamedTuple):
    """Sets of data.

    Parameters
    ----------
    seen
        Shape (fits, bins): numbers of events.
    pulls
        Shape (fits, parameters): what auxiliary measurements say of constrained parameters.
    gammas
        Shape (fits, bins): the same of the parameters of single bins.
    """

    seen: Array
    pulls: Array
    gammas: Array

    def pick(self, chosen: NDArray[np.integer]) -> "Data":
        """Take some sets."""
        return Data(*(values[chosen] for values in self))


class Fit(NamedTuple):
    """Result of fits.

    Parameters
    ----------
    strength
        Shape (fits,): of the signal.
    parameters
        Shape (fits, parameters).
    gammas
        Shape (fits, bins): parameters of single bins.
    value
        Shape (fits,): -2 ln of the likelihood, over that of a model that meets the data.
    covariance
        Shape (fits, 1 + parameters, 1 + parameters): of strength and parameters; 0 of what is
        fixed.
    """

    strength: Array
    parameters: Array
    gammas: Array
    value: Array
    covariance: Array


def make_asimov(
    model: Model, strength: float = 0.0, seen: NDArray[np.floating] | None = None
) -> Data:
    """Make the data set that meets the model at nominal parameters, or one that was seen.

    Parameters
    ----------
    model
        The fit.
    strength
        Of the signal.
    seen
        Shape (bins,): numbers of events instead.

    Returns
    -------
    Data
        One set.
    """
    expected = model.nominal + strength * model.signal
    numbers = expected if seen is None else np.asarray(seen, dtype=np.float64)
    return Data(numbers[None], model.start[None], np.ones((1, len(expected))))


def fit(model: Model, data: Data, strength: float | None = None) -> Fit:
    """Fit all sets of data.

    Parameters
    ----------
    model
        The fit.
    data
        What it is fitted to.
    strength
        Of the signal, if it is fixed; otherwise it is fitted, and not negative.

    Returns
    -------
    Fit
        One entry a set.

    Raises
    ------
    RuntimeError
        If fits do not converge.
    """
    size = len(data.seen)
    x = np.empty((size, 1 + len(model.names)))
    x[:, 0] = 0.0 if strength is None else strength
    x[:, 1:] = model.start
    covariance = np.zeros((size, x.shape[1], x.shape[1]))
    waiting = np.arange(size)
    for _ in range(MOST_STEPS):
        some = data.pick(waiting)
        step, decrease, inverse = _find_step(model, some, x[waiting], strength is None)
        covariance[waiting] = inverse
        going = decrease > PRECISION
        waiting, step, decrease = waiting[going], step[going], decrease[going]
        if not waiting.size:
            break
        x[waiting] = _search_line(model, data.pick(waiting), x[waiting], step, decrease)
    else:
        raise RuntimeError(f"{len(waiting)} of {size} fits do not converge")
    value, gammas = _evaluate(model, data, x)
    return Fit(x[:, 0], x[:, 1:], gammas, 2 * value, covariance)


def _profile(
    model: Model, data: Data, signal: Array, background: Array
) -> tuple[Array, Array, Array]:
    """Solve for the parameters of single bins.

    A bin minimises total - n ln(total) + (gamma - g)^2 / (2 error^2) with total = signal + gamma x
    background: a quadratic equation.

    Returns
    -------
    total, gammas, curvature
        Each of shape (fits, bins): expected events, the parameters, and the second derivative of
        -ln of the likelihood by what else is expected, with the parameter following. Where nothing
        is seen there is none: a tenth of what is expected of it stands in for it.
    """
    variance = (background * model.errors) ** 2
    half = (signal + data.gammas * background - variance) / 2
    root = np.sqrt(half**2 + variance * data.seen)
    # of two equal expressions the one without a difference of large numbers
    negative = half < 0
    product = variance * data.seen
    total = np.where(negative, product / np.where(negative, root - half, 1.0), half + root)
    slope = data.seen / np.maximum(2 * root * total, TINY)
    none = total <= signal  # no background is less than none
    total = np.maximum(total, np.maximum(signal, TINY))
    gammas = (total - signal) / np.maximum(background, TINY)
    slope = np.where(none, data.seen / total**2, slope)
    curvature = np.maximum(slope, LEAST / (total + variance))
    return total, gammas, curvature


def _evaluate(model: Model, data: Data, x: Array) -> tuple[Array, Array]:
    """Compute -ln of the likelihood, with the parameters of single bins."""
    rates = model.predict(x[:, 1:])
    total, gammas, _ = _profile(model, data, x[:, :1] * rates.signal, rates.background)
    return _sum_terms(model, data, x, total, gammas), gammas


def _sum_terms(model: Model, data: Data, x: Array, total: Array, gammas: Array) -> Array:
    seen = data.seen
    excess = (total - seen) / np.maximum(seen, TINY)
    poisson = np.where(seen > 0, seen * (excess - np.log1p(excess)), total)
    known = model.errors > 0
    bins = ((gammas - data.gammas)[:, known] / model.errors[known]) ** 2
    pulls = np.where(model.free, 0.0, x[:, 1:] - data.pulls) ** 2
    return np.asarray(poisson.sum(axis=1) + (bins.sum(axis=1) + pulls.sum(axis=1)) / 2)


def _find_step(
    model: Model, data: Data, x: Array, strength_is_free: bool
) -> tuple[Array, Array, Array]:
    """Find Newton's step, what it promises, and the covariance."""
    rates = model.predict(x[:, 1:])
    mu = x[:, :1]
    total, gammas, curvature = _profile(model, data, mu * rates.signal, rates.background)
    others = mu[:, None] * rates.d_signal + gammas[:, None] * rates.d_background
    slopes = np.concatenate([rates.signal[:, None], others], axis=1)
    gradient = (slopes @ (1 - data.seen / total)[..., None])[..., 0]
    gradient[:, 1:] += np.where(model.free, 0.0, x[:, 1:] - data.pulls)
    information = (slopes * curvature[:, None]) @ np.swapaxes(slopes, 1, 2)
    diagonal = np.einsum("...ii->...i", information)
    diagonal[:, 1:] += ~model.free
    bounded = np.concatenate([[True], model.free])
    fixed = np.zeros(x.shape, dtype=np.bool_)
    fixed[:, 0] = not strength_is_free
    fixed |= (bounded & (x <= 0) & (gradient >= 0)) | (diagonal <= 0)
    step, inverse = _solve(information, gradient, fixed)
    # others may push a parameter out of its range that by itself would stay
    fixed |= bounded & (x <= 0) & (step > 0)
    step, inverse = _solve(information, gradient, fixed)
    return step, (step * gradient).sum(axis=1), inverse


def _solve(information: Array, gradient: Array, fixed: NDArray[np.bool_]) -> tuple[Array, Array]:
    """Solve for the step of parameters that are not fixed; 0 for the others."""
    keep = ~fixed
    both = keep[:, :, None] & keep[:, None, :]
    diagonal = np.where(keep, np.einsum("...ii->...i", information), 1.0)
    scale = 1 / np.sqrt(diagonal)
    scales = scale[:, :, None] * scale[:, None, :]
    scaled = np.where(both, information * scales, np.eye(fixed.shape[1]))
    inverse = np.where(both, np.linalg.pinv(scaled, hermitian=True) * scales, 0.0)
    return (inverse @ np.where(keep, gradient, 0.0)[..., None])[..., 0], inverse


def _search_line(model: Model, data: Data, x: Array, step: Array, decrease: Array) -> Array:
    """Go along a step as far as it makes the likelihood larger; bounded parameters stay >= 0."""
    bounded = np.concatenate([[True], model.free])
    before, _ = _evaluate(model, data, x)
    out = bounded & (step > x)
    reach = np.where(out, x / np.where(out, step, 1.0), 1.0)
    length = reach.min(axis=1)  # to where the first parameter ends its range
    moved = x
    for _ in range(40):
        moved = x - length[:, None] * step
        moved = np.where(out & (reach <= length[:, None]), 0.0, moved)
        after, _ = _evaluate(model, data, moved)
        # what is smaller than rounding is no step back
        bad = after > before - 0.25 * length * decrease + 1e-13 * (1 + np.abs(before))
        if not bad.any():
            break
        length = np.where(bad, length / 2, length)
    return np.asarray(moved)
