"""Signal and background by halves, each of which passes cuts that the other one decides on."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from rapidmass.config.search.scan import Axis
from rapidmass.scores.read import ScoredEvents
from rapidmass.search.crossed_cuts import FoldedSums
from rapidmass.search.cuts import sum_above
from rapidmass.search.predictions import Predictor
from rapidmass.statistics.folds import FOLDS, draw_folds, pass_thresholds

_Prediction = tuple[NDArray[np.float64], NDArray[np.float64]]


@dataclass(frozen=True)
class HalvedEvents:
    """Events with the half and the channel of each.

    Parameters
    ----------
    events
        Scored events.
    folds
        Shape (events,): 0 or 1.
    members
        By channel, shape (events,): which events belong to it.
    """

    events: ScoredEvents
    folds: NDArray[np.int8]
    members: Mapping[str, NDArray[np.bool_]]

    @classmethod
    def make(cls, events: ScoredEvents, channels: Sequence[str] = ()) -> "HalvedEvents":
        """Draw the half of each event by its identity, and mark the members of channels."""
        members = {name: events.channel == name for name in channels}
        return cls(events, draw_folds(events.key), members)

    def cross(self, thresholds: NDArray[np.float64]) -> NDArray[np.bool_]:
        """Mark what passes the threshold of the other half."""
        return pass_thresholds(self.events.score, self.folds, thresholds)

    def mark_own(self, thresholds: NDArray[np.float64], fold: int) -> NDArray[np.bool_]:
        """Mark what belongs to a half and passes its own threshold."""
        return np.asarray((self.folds == fold) & (self.events.score > thresholds[fold]))


class Predictors:
    """Predictions from each half of the background, and from all of it.

    Parameters
    ----------
    background
        Events.
    axis
        Bins of MET.
    """

    def __init__(self, background: HalvedEvents, axis: Axis) -> None:
        events, folds = background.events, background.folds
        self.halves = [Predictor(events, folds == fold, axis) for fold in FOLDS]
        self.all = Predictor(events, np.ones(len(folds), np.bool_), axis)


def sum_halves(
    background: HalvedEvents,
    signal: HalvedEvents,
    thresholds: NDArray[np.float64],
    axis: Axis,
    predictors: Predictors | None = None,
) -> FoldedSums:
    """Sum the weights of both halves behind a cut on the score, above each cut on MET.

    Parameters
    ----------
    background, signal
        Events.
    thresholds
        Shape (2,): of the cut on the score, chosen on the first and on the second half.
    axis
        Bins of MET.
    predictors
        What is expected of the background: of what a half chooses cuts on, from that half alone.
        None: what there is.

    Returns
    -------
    FoldedSums
        One entry a cut on MET.
    """
    crossed = background.cross(thresholds), signal.cross(thresholds)
    own, other = [], []
    for fold in FOLDS:
        mine = background.mark_own(thresholds, fold), signal.mark_own(thresholds, fold)
        theirs = (
            crossed[0] & (background.folds == fold),
            crossed[1] & (signal.folds == fold),
        )
        expected = _predict(predictors, thresholds, fold)
        own.append(sum_above(background.events, signal.events, mine, axis, expected[0]))
        other.append(sum_above(background.events, signal.events, theirs, axis, expected[1]))
    return FoldedSums((own[0], own[1]), (other[0], other[1]))


def _predict(
    predictors: Predictors | None, thresholds: NDArray[np.float64], fold: int
) -> tuple[_Prediction | None, _Prediction | None]:
    """Predict what a half keeps behind its own threshold, and behind that of the other half."""
    if predictors is None:
        return None, None
    mean, variance = predictors.all.predict_above(thresholds[1 - fold])
    return predictors.halves[fold].predict_above(thresholds[fold]), (mean / 2, variance / 2)
