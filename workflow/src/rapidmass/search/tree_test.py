"""The log-ratio of data to simulation by boosted trees that have not seen the event."""

import numpy as np
from numpy.typing import NDArray
from sklearn.ensemble import HistGradientBoostingClassifier

from rapidmass.search.two_sample_test import Fit, compute_statistic

Array = NDArray[np.float64]
BINS = 63  # of a feature: more take longer, and find nothing more in so few events


class TreeFitter:
    """Fits the log-ratio of data to simulation by boosted trees, fold by fold.

    The log-ratio of an event comes from trees that were grown on the other folds. Trees take absent
    features as they are, and any number of features.

    Parameters
    ----------
    features
        Shape (rows, features): NaN where an event has none.
    folds
        In how many parts the rows are divided; copies of a row are in one part.
    trees, leaves
        How many trees, and the most leaves of each.
    minimum_rows
        Fewest rows in a leaf.
    rng
        What the division follows from.
    """

    def __init__(
        self,
        features: Array,
        *,
        folds: int,
        trees: int,
        leaves: int,
        minimum_rows: int,
        rng: np.random.Generator,
    ) -> None:
        self._features = features
        self._fold = rng.integers(folds, size=len(features))
        self._folds = folds
        self._settings = {
            "max_iter": trees,
            "max_leaf_nodes": leaves,
            "min_samples_leaf": minimum_rows,
            "max_bins": BINS,
        }

    def fit(self, data: Array, simulation: Array) -> Fit:
        """Fit the log-ratio.

        Parameters
        ----------
        data, simulation
            Shape (rows,): weight of each row as data, and as simulation; not negative.

        Returns
        -------
        Fit
            Where one of both has no event in the other folds the log-ratio is 0.
        """
        others = [self._fold != k for k in range(self._folds)]
        models = [self._grow(data * seen, simulation * seen) for seen in others]

        def predict(features: Array, rows: NDArray[np.intp]) -> Array:
            found = np.zeros(len(features))
            for k, model in enumerate(models):
                held = self._fold[rows] == k
                if model is not None and held.any():
                    found[held] = model.decision_function(features[held])
            return found

        used = np.flatnonzero((data > 0) | (simulation > 0))
        log_ratio = np.zeros(len(data))
        log_ratio[used] = predict(self._features[used], used)
        return Fit(compute_statistic(log_ratio, data, simulation), log_ratio, predict)

    def _grow(self, data: Array, simulation: Array) -> HistGradientBoostingClassifier | None:
        rows = [np.flatnonzero(weight > 0) for weight in (simulation, data)]
        if not all(map(len, rows)):
            return None
        classifier = HistGradientBoostingClassifier(
            **self._settings, early_stopping=False, random_state=0
        )
        chosen = np.concatenate(rows)
        features = self._features[chosen]
        features[:, np.isnan(features).all(axis=0)] = 0.0  # no quantiles, and nothing to split
        return classifier.fit(
            features,
            np.repeat([0, 1], [len(some) for some in rows]),
            sample_weight=np.concatenate([simulation[rows[0]], data[rows[1]]]),
        )
