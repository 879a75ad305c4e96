"""Simulation whose weights are corrected on the sidebands, and interpolated to the signal region.

A. Andreassen, B. Nachman, D. Shih, Phys. Rev. D 101 (2020) 095004 (SALAD). A classifier of data
against simulation gives the ratio of their densities, p / (1 - p). There it takes the mass as one
more feature; here there is one classifier a sideband, and the logarithm of the ratio goes linearly
in that of the mass from one to the other: trees do not interpolate.
"""

import numpy as np
from numpy.typing import NDArray

from rapidmass.search.bumps.ensembles import Features, Trees, grow_ensemble
from rapidmass.search.bumps.methods.base import Sample, Template
from rapidmass.search.bumps.windows import HIGH, LOW, SIGNAL, Window
from rapidmass.storage.event_keys import derive_seed

Array = NDArray[np.float64]
LEAST = 0.02  # a probability below, or above 1 less this, is a ratio that nobody should rely on


def make_template(
    data: Sample, simulation: Sample, *, window: Window, trees: Trees, seed: int
) -> Template:
    """Reweight simulated events of the signal region; see `...methods.base.Method`."""
    inside = simulation.take(simulation.region == SIGNAL)
    ratios, places = [], []
    for part, low, high in (
        (LOW, window.outer_low, window.gap_low),
        (HIGH, window.gap_high, window.outer_high),
    ):
        first, second = (one.take(one.region == part) for one in (data, simulation))
        seed_of_part = derive_seed(seed, "data against simulation", part)
        ratios.append(_find_ratio(first, second, inside.features, trees, seed_of_part))
        places.append(np.log(low * high) / 2)
    share = (np.log(inside.mass) - places[0]) / (places[1] - places[0])
    change = np.exp((1 - share) * ratios[0] + share * ratios[1])
    return Template(inside.features, inside.weight * change)


def _find_ratio(
    data: Sample, simulation: Sample, features: Features, trees: Trees, seed: int
) -> Array:
    """Find the logarithm of the ratio of data to simulation, both of the same norm."""
    if not (len(data.mass) and simulation.weight.sum() > 0):
        raise ValueError(
            "a sideband has no simulated background: studies.bump_hunt.method salad needs some in "
            "both; give the selection channels, or widen studies.bump_hunt.sidebands"
        )
    label = np.arange(len(data.mass) + len(simulation.mass)) < len(data.mass)
    weight = np.concatenate(
        [data.weight / data.weight.sum(), simulation.weight / simulation.weight.sum()]
    )
    grown = grow_ensemble(
        np.vstack([data.features, simulation.features]), label, weight, trees, seed=seed
    )
    score = np.clip(grown.score(features).astype(np.float64), LEAST, 1 - LEAST)
    return np.asarray(np.log(score / (1 - score)))
