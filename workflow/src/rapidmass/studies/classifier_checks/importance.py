"""What a classifier makes of each feature: alone, shuffled, and by shares of its score."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import xgboost
from numpy.typing import NDArray

from rapidmass.statistics.roc import compute_auc
from rapidmass.studies.classifier_checks.events import CheckedEvents, Numbers

Score = Callable[[NDArray[np.float32]], Numbers]


def measure_importance(
    events: CheckedEvents,
    features: NDArray[np.int64],
    score: Score,
    *,
    repetitions: int,
    most: int,
    rng: np.random.Generator,
) -> list[dict[str, Any]]:
    """Measure by how much the AUC falls where the values of a feature change places.

    Parameters
    ----------
    events
        Events that the classifier never saw.
    features
        Flat indices of the elements that it sees.
    score
        Gives logits to rows of all elements.
    repetitions
        How often the values of a feature are shuffled among all events (L. Breiman, Mach. Learn. 45
        (2001) 5).
    most
        So many features at most: those with the largest AUC alone.
    rng
        Shuffles.

    Returns
    -------
    list of dict
        Each with `feature` (flat index), `alone` (AUC of the feature, or of minus the feature, if
        that is larger; absent values lie below all others), `loss` (mean fall of the AUC) and
        `loss_spread` (standard deviation over repetitions), by falling loss.
    """
    usual = _measure_auc(events, events.logit)
    alone = {int(k): _measure_alone(events, int(k)) for k in features}
    chosen = sorted(alone, key=lambda k: -alone[k])[:most]
    found = []
    for k in chosen:
        x = events.x.copy()
        losses = []
        for _ in range(repetitions):
            x[:, k] = rng.permutation(events.x[:, k])
            losses.append(usual - _measure_auc(events, score(x)))
        found.append(
            {
                "feature": k,
                "alone": alone[k],
                "loss": float(np.mean(losses)),
                "loss_spread": float(np.std(losses, ddof=1)),
            }
        )
    return sorted(found, key=lambda entry: -float(entry["loss"]))


def share_contributions(
    booster: Path, events: CheckedEvents, features: NDArray[np.int64]
) -> dict[int, float]:
    """Share out the score of trees among the features that they see.

    Parameters
    ----------
    booster
        Trees as XGBoost keeps them.
    events
        Events.
    features
        Flat indices of the elements that the trees see.

    Returns
    -------
    dict
        By flat index the weighted mean of |contribution|: of Shapley values, which add up to the
        logit of each event but for a constant (S. M. Lundberg et al., Nature Mach. Intell. 2 (2020)
        56).
    """
    trees = xgboost.Booster(model_file=booster)
    x = np.ascontiguousarray(events.x[:, features])
    contributions = trees.predict(xgboost.DMatrix(x, missing=np.nan), pred_contribs=True)
    means = events.weight @ np.abs(contributions[:, :-1].astype(np.float64)) / events.weight.sum()
    return {int(k): float(mean) for k, mean in zip(features, means, strict=True)}


def _measure_auc(events: CheckedEvents, score: NDArray[np.floating[Any]]) -> float:
    background, signal = ~events.label, events.label
    weight = events.weight
    return compute_auc(score[background], weight[background], score[signal], weight[signal]).value


def _measure_alone(events: CheckedEvents, feature: int) -> float:
    values = events.x[:, feature].astype(np.float64)
    known = np.isfinite(values)
    if not known.any():
        return 0.5
    auc = _measure_auc(events, np.where(known, values, values[known].min() - 1))
    return max(auc, 1 - auc)
