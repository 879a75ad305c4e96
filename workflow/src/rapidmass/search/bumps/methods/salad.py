"""Simulation whose weights are corrected on the sidebands, and interpolated to the signal region.

A. Andreassen, B. Nachman, D. Shih, Phys. Rev. D 101 (2020) 095004 (SALAD). A classifier of data
against simulation, with the mass beside the features, gives the ratio of their densities,
p / (1 - p). Trees do not interpolate: the ratio is taken at the inner edges of both sidebands, and
its logarithm goes linearly in that of the mass from one to the other.
"""

import numpy as np
from numpy.typing import NDArray

from rapidmass.search.bumps.ensembles import Features, Trees, grow_ensemble
from rapidmass.search.bumps.methods.base import Sample, Template
from rapidmass.search.bumps.windows import HIGH, LOW, SIGNAL, Window
from rapidmass.storage.event_keys import derive_seed

Array = NDArray[np.float64]
BELOW = 1 - 1e-6  # times an edge: inside the low sideband
LEAST = 0.02  # a probability below, or above 1 less this, is a ratio that nobody should rely on


def make_template(
    data: Sample, simulation: Sample, *, window: Window, trees: Trees, seed: int
) -> Template:
    """Reweight simulated events of the signal region; see `...methods.base.Method`."""
    inside = simulation.take(simulation.region == SIGNAL)
    first, second = (
        one.take((one.region == LOW) | (one.region == HIGH)) for one in (data, simulation)
    )
    if not second.weight.sum() > 0:
        raise ValueError(
            "the sidebands have no simulated background, which studies.bump_hunt.method salad "
            "corrects: give the selection channels, or widen studies.bump_hunt.sidebands"
        )
    label = np.arange(len(first.mass) + len(second.mass)) < len(first.mass)
    weight = np.concatenate(
        [first.weight / first.weight.sum(), second.weight / second.weight.sum()]
    )
    shown = np.vstack([_add_mass(one.features, one.mass) for one in (first, second)])
    grown = grow_ensemble(shown, label, weight, trees, seed=derive_seed(seed, "data or simulation"))
    ends = [window.gap_low * BELOW, window.gap_high]
    low, high = (
        _find_ratio(grown.score(_add_mass(inside.features, np.full(len(inside.mass), end))))
        for end in ends
    )
    share = np.log(inside.mass / ends[0]) / np.log(ends[1] / ends[0])
    return Template(inside.features, inside.weight * np.exp((1 - share) * low + share * high))


def _add_mass(features: Features, mass: Array) -> Features:
    return np.column_stack([features, mass]).astype(np.float32)


def _find_ratio(score: Features) -> Array:
    """Find the logarithm of the ratio of data to simulation, both of the same norm."""
    share = np.clip(score.astype(np.float64), LEAST, 1 - LEAST)
    return np.asarray(np.log(share / (1 - share)))
