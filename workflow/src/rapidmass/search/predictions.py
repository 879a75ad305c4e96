"""What cuts are expected to leave of the background, from classes of events of like weight.

Whether enough simulation is left behind a cut must not depend on whether a heavy event happens to
pass it: what is quoted where none does is too small. So it is decided by a prediction. Each class
of weights is expected to pass a cut on the score as all of the background does, and a cut on MET as
the class does, unless its own events say otherwise.
"""

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rapidmass.config.search.scan import Axis
from rapidmass.scores.read import ScoredEvents
from rapidmass.statistics.class_tails import ClassTails
from rapidmass.statistics.folds import draw_folds
from rapidmass.statistics.weight_classes import Passing, WeightClasses, share_above


class Predictor:
    """Predictions from simulated events, behind some cuts on the score.

    Parameters
    ----------
    background
        Scored events, in pieces.
    axis
        Bins of MET: cuts are at their lower edges.
    thresholds
        What the score exceeds behind each cut.
    fold
        The half that the predictions are made from; None: all events.
    """

    def __init__(
        self,
        background: Sequence[ScoredEvents],
        axis: Axis,
        thresholds: Sequence[float],
        fold: int | None = None,
    ) -> None:
        self._background, self._fold, self._edges = background, fold, axis.edges[:-1]
        self._classes, octaves = WeightClasses.of_pieces(
            lambda: (events.weight for events in self._iterate())
        )
        tails = ClassTails(len(octaves.present))
        self._passed = [self._classes.sum(slice(None))] * len(thresholds)
        self._above = [self._sum_above(self._classes, np.empty(0), slice(None))] * len(thresholds)
        everything = self._above[0]
        for events in self._iterate():
            classes = WeightClasses(events.weight, octaves)
            met = events.variables["met"]
            tails.add(classes.index, met)
            everything = everything.add_share(self._sum_above(classes, met, slice(None)), 1.0)
            for place, threshold in enumerate(thresholds):
                passed = np.flatnonzero(events.score > threshold)
                for kept, more in (
                    (self._passed, classes.sum(passed)),
                    (self._above, self._sum_above(classes, met[passed], passed)),
                ):
                    kept[place] = kept[place].add_share(more, 1.0)
        pooled = share_above(everything, self._classes.all)
        self._survival = tails.survive(everything.number, pooled, self._edges)

    def _iterate(self) -> Iterator[ScoredEvents]:
        for events in self._background:
            whole = self._fold is None
            yield events if whole else events.select(draw_folds(events.key) == self._fold)

    def _sum_above(
        self,
        classes: WeightClasses,
        met: NDArray[np.floating[Any]],
        chosen: NDArray[np.int64] | slice,
    ) -> Passing:
        """Sum chosen events at or above each edge; their MET is given."""
        bins = np.searchsorted(self._edges, met, side="right") - 1
        return classes.sum_above(chosen, bins, len(self._edges))

    def predict_total(self, place: int) -> tuple[float, float]:
        """Predict the background behind a cut on the score, and its variance.

        Parameters
        ----------
        place
            Which cut.

        Returns
        -------
        float, float
            Both as from all of the events that predictions are made from.
        """
        expected = self._expect(place)
        return float(expected.weight.sum()), float(expected.square.sum())

    def predict_above(self, place: int) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Predict the same above each cut on MET.

        Parameters
        ----------
        place
            Which cut on the score.

        Returns
        -------
        ndarray of float64, ndarray of float64
            Each of shape (cuts,).
        """
        predicted = self._expect(place).number[:, None] * self._survival
        expected = self._classes.expect(self._above[place], predicted)
        return expected.weight.sum(axis=0), expected.square.sum(axis=0)

    def _expect(self, place: int) -> Passing:
        passed = self._passed[place]
        share = passed.weight.sum() / self._classes.all.weight.sum()
        return self._classes.expect_behind(passed, float(share))
