"""Principal components of a variance of 1, in which distances and densities are measured."""

from collections.abc import Iterator

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from rapidmass.models.baselines.base import FittedModel

SMALLEST = 1e-9  # of the largest variance: what is below it is rounding

Numbers = NDArray[np.float64]


def fit_whitening(x: NDArray[np.float32], components: float) -> tuple[Numbers, Numbers]:
    """Find principal components, and scale them to a variance of 1.

    Parameters
    ----------
    x
        Shape (events, features): scaled elements of unweighted events.
    components
        Number of components, or, below 1, the share of the variance that they explain at least.

    Returns
    -------
    mean : ndarray of float64, shape (features,)
        Of the events.
    axes : ndarray of float64, shape (components, features)
        (x - mean) axes^T are the components.

    Raises
    ------
    ValueError
        If the events vary in fewer directions than there are to be components.
    """
    from sklearn.decomposition import PCA  # scoring needs none of it

    wanted = int(components) if components >= 1 else 1
    if len(x) <= wanted:
        raise ValueError(
            f"{len(x)} events are too few for {wanted} principal components: lower components, or "
            "raise max_events"
        )
    centred = x.astype(np.float64)
    mean = centred.mean(axis=0)
    centred -= mean
    if not centred.any():
        raise ValueError(
            f"the {len(x)} events to fit principal components to are all the same: check the "
            "expressions of the representation and exclude_features"
        )
    shown = components if components < 1 else wanted
    found = PCA(shown, svd_solver="covariance_eigh").fit(centred)
    variance = found.explained_variance_
    varying = int(np.count_nonzero(variance > SMALLEST * variance[0]))
    if varying < len(variance):
        raise ValueError(
            f"{len(variance)} principal components, but the events vary in {varying} directions "
            "only: lower components"
        )
    return mean, found.components_ / np.sqrt(variance)[:, None]


def iterate_whitened(model: FittedModel, table: pa.Table) -> Iterator[tuple[slice, Numbers]]:
    """Show events by their principal components, block by block.

    Parameters
    ----------
    model
        Has the arrays `mean` and `axes`.
    table
        Rows of a shard, a megaset or the test set.

    Yields
    ------
    slice
        Which events these are.
    ndarray of float64, shape (events, components)
        Their components.
    """
    mean, axes = model.arrays["mean"], model.arrays["axes"]
    for rows, x in model.iterate_scaled(table):
        yield rows, (x - mean) @ axes.T
