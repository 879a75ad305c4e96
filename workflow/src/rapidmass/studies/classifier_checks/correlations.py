"""Weighted correlations of features, where some events lack some of them."""

import numpy as np
from numpy.typing import NDArray

from rapidmass.studies.classifier_checks.events import Numbers


def correlate(x: NDArray[np.floating], weight: Numbers) -> Numbers:
    """Correlate features, each pair on the events that have both.

    Parameters
    ----------
    x
        Shape (events, features), NaN where absent.
    weight
        Shape (events,).

    Returns
    -------
    ndarray of float64, shape (features, features)
        Pearson's coefficient; NaN where a feature does not vary, or no event has both.
    """
    present = np.isfinite(x)
    known = present.astype(np.float64)
    # near the mean nothing is lost in differences of large numbers
    count = np.maximum(present.sum(axis=0), 1)
    values = np.where(present, x.astype(np.float64), 0.0)
    values = np.where(present, values - values.sum(axis=0) / count, 0.0)
    weighted = values * weight[:, None]
    total = (known * weight[:, None]).T @ known
    with np.errstate(divide="ignore", invalid="ignore"):
        mean = weighted.T @ known / total  # of the first where both are present
        variance = (weighted * values).T @ known / total - mean**2
        covariance = weighted.T @ values / total - mean * mean.T
        spread = np.sqrt(variance * variance.T)
        found = covariance / spread
    scale = np.sqrt(np.abs(np.diag(variance)))
    defined = (variance > 1e-12 * scale[:, None] ** 2) & (total > 0) & (spread > 0)
    return np.where(defined & defined.T, np.clip(found, -1.0, 1.0), np.nan)
