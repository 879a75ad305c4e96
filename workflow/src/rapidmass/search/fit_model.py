"""A workspace of pyhf as arrays: expected events and their derivatives for many fits at once.

The interpolation of systematic uncertainties is that of pyhf by default: polynomial and exponential
for factors (code 4 of HistFactory, K. Cranmer et al., CERN-OPEN-2012-016), polynomial and linear
for bins (code 4p).
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
FREE, CONSTRAINED = "normfactor", ("normsys", "histosys")


class Rates(NamedTuple):
    """Expected events without those of the parameters of single bins.

    Parameters
    ----------
    signal, background
        Shape (fits, bins); of a signal strength of 1.
    d_signal, d_background
        Shape (fits, parameters, bins): derivatives.
    """

    signal: Array
    background: Array
    d_signal: Array
    d_background: Array


@dataclass(frozen=True)
class Model:
    """A fit.

    Parameters
    ----------
    names
        Of the parameters beside the signal strength and those of single bins.
    free
        Shape (parameters,): which of them nothing constrains.
    signal, background
        Shape (bins,) and (channels, bins): nominal.
    factors
        Shape (parameters, channels + 1, bins, 6): coefficients of the factor, see `_interpolate`.
    scales
        Shape (parameters, channels + 1, bins, 2): logarithms of the factors at +1 and -1.
    shapes
        Shape (parameters, channels + 1, bins, 2): what +1 and -1 add to the bins.
    norms
        Shape (parameters, channels + 1): which channels a free parameter scales.
    errors
        Shape (bins,): relative uncertainty of the background by the size of the simulation.
    observed
        Shape (bins,).
    """

    names: tuple[str, ...]
    free: NDArray[np.bool_]
    signal: Array
    background: Array
    factors: Array
    scales: Array
    shapes: Array
    norms: NDArray[np.bool_]
    errors: Array
    observed: Array

    @property
    def start(self) -> Array:
        """Nominal values of the parameters, shape (parameters,)."""
        return self.free.astype(np.float64)

    @property
    def nominal(self) -> Array:
        """Expected background, shape (bins,)."""
        return np.asarray(self.background.sum(axis=0))

    def assume_large_simulation(self) -> "Model":
        """Make the model that it would be with as much simulation as one likes."""
        return replace(self, errors=np.zeros_like(self.errors))

    def predict(self, parameters: Array) -> Rates:
        """Compute expected events.

        Parameters
        ----------
        parameters
            Shape (fits, parameters).

        Returns
        -------
        Rates
            Of all fits.
        """
        fits, number = parameters.shape
        contents = np.concatenate([self.signal[None], self.background])
        added = np.broadcast_to(contents, (fits, *contents.shape)).copy()
        factor = np.ones_like(added)
        slopes = []  # derivative of the logarithm of the factor, and of what is added
        for k in range(number):
            value = parameters[:, k, None, None]
            if self.free[k]:
                scaled = self.norms[k][None, :, None]
                factor *= np.where(scaled, value, 1.0)
                inverse = 1.0 / np.maximum(value, 1e-12)
                slopes.append((np.where(scaled, inverse, 0.0), np.zeros(1)))
                continue
            f, df = _interpolate(value, self.factors[k], self.scales[k])
            shape, d_shape = _add_shape(value, self.shapes[k])
            factor *= f
            added += shape
            slopes.append((df / f, d_shape))
        rates = factor * added
        derivatives = [rates * log_slope + factor * slope for log_slope, slope in slopes]
        d_signal = np.stack([d[:, 0] for d in derivatives], axis=1) if slopes else None
        d_background = np.stack([d[:, 1:].sum(axis=1) for d in derivatives], 1) if slopes else None
        none = np.zeros((fits, 0, rates.shape[-1]))
        return Rates(
            rates[:, 0],
            rates[:, 1:].sum(axis=1),
            none if d_signal is None else d_signal,
            none if d_background is None else d_background,
        )


def _interpolate(value: Array, coefficients: Array, scales: Array) -> tuple[Array, Array]:
    """Compute factors at a pull, and their derivatives: exponential beyond 1, else polynomial."""
    inner = np.clip(value, -1.0, 1.0)
    factor, slope = np.ones(1), np.zeros(1)
    for power in range(6, 0, -1):
        factor_next = coefficients[..., power - 1]
        slope = slope + power * factor_next * inner ** (power - 1)
        factor = factor + factor_next * inner**power
    side = np.where(value > 0, scales[..., 0], scales[..., 1])
    beyond = np.exp(np.abs(value) * side)
    outside = np.abs(value) >= 1
    return (
        np.where(outside, beyond, factor),
        np.where(outside, np.sign(value) * side * beyond, slope),
    )


def _add_shape(value: Array, shapes: Array) -> tuple[Array, Array]:
    """Compute what a pull adds to bins, and its derivative: linear beyond 1, else polynomial."""
    up, down = shapes[..., 0], shapes[..., 1]
    half, bend = (up - down) / 2, (up + down) / 16
    inner = value * half + bend * value**2 * (15 - 10 * value**2 + 3 * value**4)
    d_inner = half + bend * value * (30 - 40 * value**2 + 18 * value**4)
    outside = np.abs(value) >= 1
    positive = value > 0
    return (
        np.where(outside, np.where(positive, value * up, -value * down), inner),
        np.where(outside, np.where(positive, up, -down), d_inner),
    )


def _find_coefficients(scales: Array) -> Array:
    """Find the polynomial of degree 6 that joins exponentials with two derivatives at +-1."""
    ends = np.exp(scales)
    sides, powers = np.array([1.0, -1.0]), np.arange(1, 7)
    rows = [[side**k for k in powers] for side in sides]
    rows += [[k * side ** (k - 1) for k in powers] for side in sides]
    rows += [[k * (k - 1) * side ** (k - 2) for k in powers] for side in sides]
    wanted = np.concatenate([ends - 1, sides * ends * scales, ends * scales**2], axis=-1)
    return np.asarray(wanted @ np.linalg.inv(np.array(rows)).T)


def read_model(workspace: Mapping[str, Any]) -> Model:
    """Read a workspace of `rapidmass.search.fit_workspace.make_workspace`.

    Parameters
    ----------
    workspace
        In the format of pyhf: one signal, modifiers normfactor, normsys, histosys and staterror.

    Returns
    -------
    Model
        The same fit.

    Raises
    ------
    ValueError
        If a modifier is of another kind.
    """
    poi = workspace["measurements"][0]["config"]["poi"]
    channels = workspace["channels"]
    samples = [sample["name"] for sample in channels[0]["samples"]]
    names = _list_parameters(workspace, poi)
    ends = np.cumsum([0, *(len(channel["samples"][0]["data"]) for channel in channels)])
    bins = [slice(start, end) for start, end in pairwise(ends)]
    contents = np.zeros((len(samples), ends[-1]))
    for mine, channel in zip(bins, channels, strict=True):
        for sample in channel["samples"]:
            contents[samples.index(sample["name"]), mine] = sample["data"]
    shape = (len(names), *contents.shape)
    scales, shapes = np.zeros((*shape, 2)), np.zeros((*shape, 2))
    norms, variances = np.zeros(shape[:2], dtype=np.bool_), np.zeros(shape[2])
    for number, sample, modifier in _list_modifiers(workspace):
        mine, data, row = bins[number], modifier["data"], samples.index(sample)
        if modifier["type"] == "staterror":
            variances[mine] += np.square(data)
        elif modifier["name"] != poi:
            place = list(names).index(modifier["name"])
            if modifier["type"] == FREE:
                norms[place, row] = True
            elif modifier["type"] == "normsys":
                scales[place, row, mine] = np.log([data["hi"], data["lo"]])
            else:
                varied = np.array([data["hi_data"], data["lo_data"]])
                shapes[place, row, mine] = (varied - contents[row, mine]).T
    background = contents[1:]
    seen = {one["name"]: one["data"] for one in workspace["observations"]}
    return Model(
        tuple(names),
        np.array(list(names.values()), dtype=np.bool_),
        contents[0],
        background,
        _find_coefficients(scales),
        scales,
        shapes,
        norms,
        np.sqrt(variances) / background.sum(axis=0),
        np.concatenate([seen[channel["name"]] for channel in channels]),
    )


def _list_parameters(workspace: Mapping[str, Any], poi: str) -> dict[str, bool]:
    """List the parameters beside the signal strength and those of single bins: which are free."""
    names = {}
    for _, _, modifier in _list_modifiers(workspace):
        kind = modifier["type"]
        if kind not in (FREE, *CONSTRAINED, "staterror"):
            raise ValueError(f"modifier {modifier['name']} is of the kind {kind}")
        if kind != "staterror" and modifier["name"] != poi:
            names[modifier["name"]] = kind == FREE
    return names


def _list_modifiers(workspace: Mapping[str, Any]) -> list[tuple[int, str, Any]]:
    return [
        (number, sample["name"], modifier)
        for number, channel in enumerate(workspace["channels"])
        for sample in channel["samples"]
        for modifier in sample["modifiers"]
    ]
