"""Distance to the k-th nearest background event in the space of principal components.

S. Ramaswamy, R. Rastogi, K. Shim, SIGMOD 2000, doi:10.1145/342009.335437. scikit-learn looks for
neighbours. It takes no weights, so those that are kept are drawn by their weights.
"""

from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray
from sklearn.neighbors import NearestNeighbors

from rapidmass.config.models.fitted_baseline import Neighbours
from rapidmass.models.baselines.base import FittedModel
from rapidmass.models.baselines.drawn_events import draw_events
from rapidmass.models.baselines.training_events import TrainingEvents
from rapidmass.models.baselines.whitening import fit_whitening, iterate_whitened


def score(model: FittedModel, table: pa.Table) -> NDArray[np.float32]:
    """Compute how far the k-th neighbour of each event is.

    This is a distance in principal components of a variance of 1.
    """
    nearest = NearestNeighbors(n_neighbors=int(model.arrays["k"])).fit(model.arrays["points"])
    scores = np.empty(table.num_rows, dtype=np.float32)
    for rows, x in iterate_whitened(model, table):
        scores[rows] = nearest.kneighbors(x)[0][:, -1]
    return scores


def fit(settings: Neighbours, training: TrainingEvents) -> dict[str, NDArray[Any]]:
    """Keep events of the training part.

    Parameters
    ----------
    settings
        How many events, of how many components, and which neighbour counts.
    training
        The events.

    Returns
    -------
    dict
        `mean` and `axes`, see `rapidmass.models.baselines.whitening.fit_whitening`; `points`, shape
        (events, components); `k`, shape ().

    Raises
    ------
    ValueError
        If there are fewer events than neighbours, or they vary in too few directions.
    """
    x = draw_events(settings, training)
    if len(x) < settings.neighbours:
        raise ValueError(
            f"{len(x)} events, of {training.scaler.sums.n_events} in the training part, have no "
            f"{settings.neighbours}-th neighbour: lower baselines.<name>.neighbours, or raise "
            "max_events"
        )
    mean, axes = fit_whitening(x, settings.components)
    points = (x - mean) @ axes.T
    return {"mean": mean, "axes": axes, "points": points, "k": np.array(settings.neighbours)}
