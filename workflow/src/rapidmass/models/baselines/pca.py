"""Principal components: what the best linear reconstruction leaves over is the score.

The components come from the covariance of the elements, summed in one pass. Weights count in it,
also negative ones, which neither scikit-learn's `PCA` nor its `IncrementalPCA` takes; for equal
weights the components are those of `PCA`.
"""

import logging
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from rapidmass.config.models.fitted_baseline import PrincipalComponents
from rapidmass.models.baselines.base import FittedModel
from rapidmass.models.baselines.training_events import TrainingEvents
from rapidmass.representations.base import ROWS_PER_BLOCK

SMALLEST = float(np.finfo(np.float32).tiny)
LOGGER = logging.getLogger(__name__)


def score(model: FittedModel, table: pa.Table) -> NDArray[np.float32]:
    """Compute how badly the principal components reconstruct each event.

    This is log10 of the sum over elements of the squared difference between scaled element and
    reconstruction. The sum is at least the smallest normal float32, 1.2e-38.
    """
    mean, components = model.arrays["mean"], model.arrays["components"]
    scores = np.empty(table.num_rows, dtype=np.float32)
    for rows, x in model.iterate_scaled(table):
        residual = x - mean
        residual -= (residual @ components.T) @ components
        error = np.einsum("ij,ij->i", residual, residual)
        scores[rows] = np.log10(np.maximum(error, SMALLEST))
    return scores


def fit(settings: PrincipalComponents, training: TrainingEvents) -> dict[str, NDArray[Any]]:
    """Find the principal components of the training part.

    Parameters
    ----------
    settings
        How many components.
    training
        The events.

    Returns
    -------
    dict
        `mean`, shape (features,), and `components`, shape (components, features), orthonormal rows
        by falling variance.

    Raises
    ------
    ValueError
        If the events have no positive weight, do not differ, or have fewer elements than
        components.
    """
    settings.check_features(training.scaler.representation)
    total, n = 0.0, len(training.features)
    first, second = np.zeros(n), np.zeros((n, n))
    for piece in training.iterate(settings.negative_weights):
        for rows, some in piece.encoded.iterate_blocks(4 * ROWS_PER_BLOCK):
            x = training.scaler.transform(some, training.features).astype(np.float64)
            weighted = piece.weight[rows, None] * x
            total += float(piece.weight[rows].sum())
            first += weighted.sum(axis=0)
            second += weighted.T @ x
    if not total > 0:
        raise ValueError(
            f"the events to fit principal components to have a total weight of {total:g} pb with "
            f"negative_weights: {settings.negative_weights}; it must be positive"
        )
    mean = first / total
    variance, vectors = np.linalg.eigh(second / total - np.outer(mean, mean))
    # negative weights can make directions of little variance negative: they explain none
    variance = np.maximum(variance[::-1], 0)
    number = _count_components(variance, settings.components)
    LOGGER.info(
        "%d principal components explain %.4f of the variance of %d features",
        number, variance[:number].sum() / variance.sum(), n,
    )  # fmt: skip
    return {"mean": mean, "components": np.ascontiguousarray(vectors[:, ::-1][:, :number].T)}


def _count_components(variance: NDArray[np.float64], components: float) -> int:
    if not variance.sum() > 0:
        raise ValueError("the events to fit principal components to are all the same")
    if components >= 1:
        return int(components)
    explained = np.cumsum(variance) / variance.sum()
    return int(np.searchsorted(explained, components)) + 1
