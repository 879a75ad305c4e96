"""What fits the ratio of data to simulation, as it is configured."""

import numpy as np
from numpy.typing import NDArray

from rapidmass.config.studies.two_sample import Method, TwoSample
from rapidmass.search.kernel_test import KernelFitter
from rapidmass.search.tree_test import TreeFitter
from rapidmass.search.two_sample_test import Fitter


def make_fitter(
    method: Method,
    features: NDArray[np.float64],
    simulated: NDArray[np.bool_],
    settings: TwoSample,
    *,
    seed: int,
) -> Fitter:
    """Make what fits the ratio of data to simulation.

    Parameters
    ----------
    method
        One of `settings.methods`.
    features
        Shape (rows, features): NaN where an event has none.
    simulated
        Shape (rows,): which rows are simulation.
    settings
        How it is fitted.
    seed
        What everything random follows from.

    Returns
    -------
    Fitter
        That knows these rows.
    """
    rng = np.random.default_rng([seed, settings.methods.index(method)])
    if method == "kernel":
        return KernelFitter(features, simulated, **settings.kernel.model_dump(), rng=rng)
    return TreeFitter(features, **settings.trees.model_dump(), rng=rng)
