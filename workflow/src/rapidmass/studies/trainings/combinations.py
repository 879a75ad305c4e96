"""Several trainings as one score, made out of fold where it is fitted."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression

from rapidmass.config.studies.trainings import Combination
from rapidmass.datasets.folds import find_folds
from rapidmass.scores.read import ScoredEvents

Numbers = NDArray[np.float64]
NAMES: Mapping[Combination, str] = {
    "stacking": "stacking",
    "largest_quantile": "largest quantile",
    "mean_logit": "mean logit",
}


class Stack:
    """Events with the scores of several trainings.

    Parameters
    ----------
    events
        With any of the scores.
    scores
        Shape (events, trainings): on scales that are common to all folds.
    """

    def __init__(self, events: ScoredEvents, scores: Numbers) -> None:
        self.events, self.scores = events, scores

    @classmethod
    def make(cls, by_training: Iterable[ScoredEvents]) -> "Stack":
        """Put events that several trainings scored beside each other.

        Parameters
        ----------
        by_training
            The same events in the same order; of all but the first the scores alone are kept.

        Returns
        -------
        Stack
            With the scores of all.

        Raises
        ------
        ValueError
            If they are other events.
        """
        trainings = iter(by_training)
        first = next(trainings)
        scores = [first.score]
        for other in trainings:
            if not np.array_equal(first.key, other.key):
                raise ValueError("the files of scores of two trainings hold other events")
            scores.append(other.score)
        return cls(first, np.stack(scores, axis=1).astype(np.float64))

    def rate(self, score: Numbers) -> ScoredEvents:
        """Give the events one score."""
        return replace(self.events, score=score)


def combine(
    kind: Combination, background: Stack, signals: Mapping[str, Stack], told: Sequence[str],
    *, folds: int,
) -> tuple[ScoredEvents, dict[str, ScoredEvents]]:  # fmt: skip
    """Combine the scores of trainings.

    Parameters
    ----------
    kind
        How.
    background
        Events of the background.
    signals
        Events of all signals, by name.
    told
        Signals that a regression learns from, all with the same weight.
    folds
        Number of folds: what is fitted is applied to the fold that it did not see.

    Returns
    -------
    background : ScoredEvents
        With the combined score.
    signals : dict
        The same of signals.
    """
    if kind == "mean_logit":
        return background.rate(background.scores.mean(axis=1)), {
            name: one.rate(one.scores.mean(axis=1)) for name, one in signals.items()
        }
    groups = {"": background, **signals}
    found = {name: np.empty(len(one.scores)) for name, one in groups.items()}
    for fold in range(folds):
        held = {name: find_folds(one.events.key, folds) == fold for name, one in groups.items()}
        if kind == "stacking":
            seen = {name: ~held[name] for name in ("", *told)}
            model = _fit(groups, seen)
            for name, one in groups.items():
                if held[name].any():
                    found[name][held[name]] = model.decision_function(one.scores[held[name]])
        else:
            mine = ~held[""]
            for name, one in groups.items():
                found[name][held[name]] = _find_largest(
                    one.scores[held[name]], background.scores[mine], background.events.weight[mine]
                )
    rated = {name: one.rate(found[name]) for name, one in groups.items()}
    return rated.pop(""), rated


def _fit(groups: Mapping[str, Stack], seen: Mapping[str, NDArray[np.bool_]]) -> LogisticRegression:
    """Fit a logistic regression; classes, and signals among each other, weigh the same."""
    x = np.concatenate([groups[name].scores[mine] for name, mine in seen.items()])
    label = np.concatenate([np.full(mine.sum(), name != "") for name, mine in seen.items()])
    weights = []
    for name, mine in seen.items():
        # negative weights would leave the likelihood without a maximum
        weight = np.maximum(groups[name].events.weight[mine], 0.0)
        share = 1.0 if name == "" else 1.0 / (len(seen) - 1)
        if not weight.sum() > 0:
            raise ValueError(f"no event of {name or 'the background'} to fit a stacking to")
        weights.append(weight * (share * len(x) / 2 / weight.sum()))
    spread = x.std(axis=0)
    scale = np.where(spread > 0, spread, 1.0)
    # scaled, so that the small penalty treats all trainings alike
    model = LogisticRegression(max_iter=1000).fit(x / scale, label, np.concatenate(weights))
    model.coef_ = model.coef_ / scale
    return model


def _find_largest(scores: Numbers, background: Numbers, weight: Numbers) -> Numbers:
    """Find the largest of -log10(share of the background above), over trainings."""
    found = []
    total = weight.sum()
    for column in range(scores.shape[1]):
        order = np.argsort(background[:, column], kind="stable")
        above = np.cumsum(weight[order][::-1])[::-1]
        place = np.searchsorted(background[order, column], scores[:, column], "left")
        # beyond the last event there is less than half of it
        rest = np.append(above, 0.0) + 0.5 * total / len(weight)
        found.append(-np.log10(np.maximum(rest[place], 0.25 * total / len(weight)) / total))
    return np.asarray(np.max(found, axis=0))
