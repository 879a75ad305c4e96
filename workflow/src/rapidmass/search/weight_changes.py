"""What systematic variations change of the weights of simulated events.

A variation is simulation of its own, with other events at other places. The ratio of its density to
the nominal one, at each nominal event, is fitted as that of data to simulation is: so pseudo-data
with any size of the variation can be drawn from nominal events.
"""

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
        As `rapidmass.search.two_sample_test.Expected` takes them.
    """
    return np.array(changes if len(changes) > 1 else [changes[0], -changes[0]])
