"""Signal and background by halves, each of which passes cuts that the other one decides on."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from rapidmass.config.search.scan import Axis
from rapidmass.scores.read import ScoredEvents
from rapidmass.search.crossed_cuts import FoldedSums
from rapidmass.search.cuts import Sums, sum_above
from rapidmass.search.predictions import Predictor
from rapidmass.statistics.folds import FOLDS, draw_folds, pass_thresholds


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
    """Predictions from each half of the background, and from all of it, behind cuts on the score.

    Parameters
    ----------
    background
        Events, in pieces.
    axis
        Bins of MET.
    thresholds
        Shape (cuts, 2): chosen on the first and on the second half.
    """

    def __init__(
        self, background: Sequence[ScoredEvents], axis: Axis, thresholds: NDArray[np.float64]
    ) -> None:
        self._halves = [
            Predictor(background, axis, thresholds[:, fold].tolist(), fold) for fold in FOLDS
        ]
        every = np.column_stack([thresholds, thresholds.mean(axis=1)])
        self._all = Predictor(background, axis, every.ravel().tolist())

    def predict_total(self, cut: int) -> tuple[float, float]:
        """Predict the background behind the mean of the thresholds of a cut, and its variance."""
        return self._all.predict_total(3 * cut + 2)

    def attach(self, sums: FoldedSums, cut: int) -> FoldedSums:
        """Attach what is expected of the background to the sums behind a cut on the score.

        Of what a half chooses cuts on, it is expected from that half alone.
        """
        own, crossed = [], []
        for fold in FOLDS:
            mean, variance = self._all.predict_above(3 * cut + 1 - fold)
            own.append(_expect(sums.own[fold], *self._halves[fold].predict_above(cut)))
            crossed.append(_expect(sums.crossed[fold], mean / 2, variance / 2))
        return FoldedSums((own[0], own[1]), (crossed[0], crossed[1]))


def _expect(sums: Sums, mean: NDArray[np.float64], variance: NDArray[np.float64]) -> Sums:
    return sums._replace(predicted=mean, predicted_variance=variance)


def sum_halves(
    background: HalvedEvents, signal: HalvedEvents, thresholds: NDArray[np.float64], axis: Axis
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

    Returns
    -------
    FoldedSums
        One entry a cut on MET. What is expected of the background is what there is.
    """
    crossed = background.cross(thresholds), signal.cross(thresholds)
    own, other = [], []
    for fold in FOLDS:
        mine = background.mark_own(thresholds, fold), signal.mark_own(thresholds, fold)
        theirs = (
            crossed[0] & (background.folds == fold),
            crossed[1] & (signal.folds == fold),
        )
        own.append(sum_above(background.events, signal.events, mine, axis))
        other.append(sum_above(background.events, signal.events, theirs, axis))
    return FoldedSums((own[0], own[1]), (other[0], other[1]))
