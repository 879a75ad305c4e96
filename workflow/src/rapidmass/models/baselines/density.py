"""Density of the background on few principal components: what lies where it is low is anomalous.

scikit-learn fits the density and computes it. It takes no weights for a mixture, so events are
drawn by their weights first. The file holds plain arrays.
"""

import logging
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray
from sklearn.mixture import GaussianMixture
from sklearn.neighbors import KernelDensity

from rapidmass.config.models.fitted_baseline import Density
from rapidmass.models.baselines.base import FittedModel
from rapidmass.models.baselines.drawn_events import draw_events
from rapidmass.models.baselines.training_events import TrainingEvents
from rapidmass.models.baselines.whitening import fit_whitening, iterate_whitened

# added to variances: a feature of few values would else have a density without end
LEAST_VARIANCE = 1e-3
ROUNDS = 200  # of expectation and maximisation, at most
MIXTURE = ("weights", "means", "precisions_cholesky")
LOGGER = logging.getLogger(__name__)


def score(model: FittedModel, table: pa.Table) -> NDArray[np.float32]:
    """Compute how rare the background is at each event: minus the logarithm of the density."""
    density = _restore(model)
    scores = np.empty(table.num_rows, dtype=np.float32)
    for rows, x in iterate_whitened(model, table):
        scores[rows] = -density.score_samples(x)
    return scores


def fit(settings: Density, training: TrainingEvents) -> dict[str, NDArray[Any]]:
    """Fit a density to events of the training part.

    Parameters
    ----------
    settings
        What the density is, and of how many components.
    training
        The events. Where a mixture starts follows from the seed.

    Returns
    -------
    dict
        `mean` and `axes`, see `rapidmass.models.baselines.whitening.fit_whitening`. Of a mixture
        `weights`, shape (gaussians,), `means`, shape (gaussians, components), and
        `precisions_cholesky`, shape (gaussians, components, components). Of kernels `points`, shape
        (events, components), and `bandwidth`, shape ().

    Raises
    ------
    ValueError
        If too few events are left, or they vary in too few directions.
    """
    x = draw_events(settings, training)
    mean, axes = fit_whitening(x, settings.components)
    points = (x - mean) @ axes.T
    found = {"mean": mean, "axes": axes}
    if settings.by == "kernel":
        return {**found, "points": points, "bandwidth": np.array(settings.bandwidth)}
    needed = settings.gaussians * (points.shape[1] + 1)
    if len(points) < needed:
        raise ValueError(
            f"{len(points)} events are too few for {settings.gaussians} gaussians of "
            f"{points.shape[1]} principal components, which need {needed}: lower gaussians or "
            "components, or raise max_events"
        )
    mixture = GaussianMixture(
        settings.gaussians,
        reg_covar=LEAST_VARIANCE,
        max_iter=ROUNDS,
        random_state=training.seed % 2**32,
    ).fit(points)
    LOGGER.info(
        "%d gaussians of %d components: %d rounds, %sconverged",
        settings.gaussians, points.shape[1], mixture.n_iter_, "" if mixture.converged_ else "not ",
    )  # fmt: skip
    return {**found, **{name: getattr(mixture, f"{name}_") for name in MIXTURE}}


def _restore(model: FittedModel) -> GaussianMixture | KernelDensity:
    arrays = model.arrays
    if "points" in arrays:
        return KernelDensity(bandwidth=float(arrays["bandwidth"])).fit(arrays["points"])
    mixture = GaussianMixture(len(arrays["weights"]))
    for name in (*MIXTURE, "covariances"):  # the last one is not read, but must be there
        setattr(mixture, f"{name}_", arrays.get(name))
    return mixture
