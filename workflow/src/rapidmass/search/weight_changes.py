"""What systematic variations change of the weights of simulated events.

A variation is simulation of its own, with other events at other places. The ratio of its density to
the nominal one, at each nominal event, is fitted as that of data to simulation is: so pseudo-data
with any size of the variation can be drawn from nominal events.
"""

from collections.abc import Iterable, Mapping
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from rapidmass.search.kernel_test import KernelFitter

Array = NDArray[np.float64]
CENTRES = 50
RIDGE = 1e-4  # smoother than the difference that is sought: a variation has no narrow peaks


def learn_change(
    features: Array,
    weight: Array,
    shifted: Array,
    shifted_weight: Array,
    *,
    rng: np.random.Generator,
) -> Array:
    """Learn the logarithm of the change of each weight.

    Parameters
    ----------
    features, weight
        Shape (events, features) and (events,): nominal simulation, with weights that are not
        negative.
    shifted, shifted_weight
        The same of the variation, with events of its own.
    rng
        What the choice of kernels follows from.

    Returns
    -------
    ndarray, shape (events,)
        For the nominal events.
    """
    nominal = len(features)
    rows = np.vstack([features, shifted])
    fitter = KernelFitter(
        rows, np.arange(len(rows)) < nominal, centres=CENTRES, ridge=RIDGE, rng=rng
    )
    none = np.zeros(len(shifted))
    fit = fitter.fit(
        np.concatenate([np.zeros(nominal), shifted_weight]), np.concatenate([weight, none])
    )
    return fit.log_ratio[:nominal]


def pair_variations(changes: list[Array]) -> Array:
    """Pair the variations of one source.

    Parameters
    ----------
    changes
        Of each variation, shape (events,). What is known in one direction only is mirrored.

    Returns
    -------
    ndarray, shape (variations, events)
        As `rapidmass.search.pseudo_experiments.Expected` takes them.
    """
    return np.array(changes if len(changes) > 1 else [changes[0], -changes[0]])


class Varied(NamedTuple):
    """Simulation in a systematic variation.

    Parameters
    ----------
    source
        What is uncertain: several variations of one source are alternatives.
    features, weight
        Shape (events, features) and (events,): weights that are not negative.
    """

    source: str
    features: Array
    weight: Array


def learn_sources(
    features: Array, weight: Array, varied: Iterable[Varied], *, rng: np.random.Generator
) -> dict[str, Array]:
    """Learn what each source of uncertainty changes of the weights.

    Parameters
    ----------
    features, weight, rng
        As for `learn_change`.
    varied
        All variations.

    Returns
    -------
    dict
        By source, of the shape that `pair_variations` returns.
    """
    changes: dict[str, list[Array]] = {}
    for some in varied:
        change = learn_change(features, weight, some.features, some.weight, rng=rng)
        changes.setdefault(some.source, []).append(change)
    return {source: pair_variations(found) for source, found in changes.items()}


def make_sources(
    channel: NDArray[np.str_],
    whole: Mapping[str, float],
    single: Mapping[str, float],
) -> dict[str, Array]:
    """Turn stated relative uncertainties into changes of the logarithm of weights.

    Parameters
    ----------
    channel
        Shape (events,).
    whole
        Of all simulation, by name.
    single
        Of one channel each, by its name.

    Returns
    -------
    dict
        By name, shape (2, events): up and down.
    """
    everywhere = np.ones(len(channel))
    found = {name: np.log1p(size) * everywhere for name, size in whole.items()}
    found |= {name: np.log1p(size) * (channel == name) for name, size in single.items()}
    return {name: np.array([up, -up]) for name, up in found.items()}
