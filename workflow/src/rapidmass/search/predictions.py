"""What cuts are expected to leave of the background, from classes of events of like weight.

Whether enough simulation is left behind a cut must not depend on whether a heavy event happens to
pass it: what is quoted where none does is too small. So it is decided by a prediction. Each class
of weights is expected to pass a cut on the score as all of the background does, and a cut on MET as
the class does, unless its own events say otherwise.
"""

import numpy as np
from numpy.typing import NDArray

from rapidmass.config.search.scan import Axis
from rapidmass.scores.read import ScoredEvents
from rapidmass.statistics.weight_classes import Passing, WeightClasses


class Predictor:
    """Predictions from simulated events.

    Parameters
    ----------
    background
        Scored events.
    chosen
        Shape (events,): those that the predictions are made from.
    axis
        Bins of MET: cuts are at their lower edges.
    """

    def __init__(self, background: ScoredEvents, chosen: NDArray[np.bool_], axis: Axis) -> None:
        places = np.flatnonzero(chosen)
        self._score = background.score[places]
        self._weight = background.weight[places]
        self._classes = WeightClasses(self._weight)
        met = background.variables["met"][places]
        edges = axis.edges[:-1]
        self._survival = self._classes.survive(met, edges)
        self._bins = np.searchsorted(edges, met, side="right") - 1

    def predict_total(self, threshold: float) -> tuple[float, float]:
        """Predict the background behind a cut on the score, and its variance.

        Parameters
        ----------
        threshold
            What the score exceeds.

        Returns
        -------
        float, float
            Both as from all of the events that predictions are made from.
        """
        expected = self._expect(np.flatnonzero(self._score > threshold))
        return float(expected.weight.sum()), float(expected.square.sum())

    def predict_above(self, threshold: float) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Predict the same above each cut on MET.

        Parameters
        ----------
        threshold
            What the score exceeds.

        Returns
        -------
        ndarray of float64, ndarray of float64
            Each of shape (cuts,).
        """
        passed = np.flatnonzero(self._score > threshold)
        edges = self._survival.shape[1]
        above = self._classes.sum_above(passed, self._bins[passed], edges)
        predicted = self._expect(passed).number[:, None] * self._survival
        expected = self._classes.expect(above, predicted)
        return expected.weight.sum(axis=0), expected.square.sum(axis=0)

    def _expect(self, passed: NDArray[np.int64]) -> Passing:
        share = self._weight[passed].sum() / self._weight.sum()
        return self._classes.expect_behind(self._classes.sum(passed), float(share))
