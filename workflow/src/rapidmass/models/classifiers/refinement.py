"""Weights without their signs: what events like this one weigh on average.

B. Nachman, J. Thaler, arXiv:2007.11586. Where an event of magnitude |w| has a negative weight with
the probability p(x), the mean of its weight is |w| (1 - 2 p(x)). All distributions of x keep their
expectation, and p is learned by a classifier: of negative from positive weights, each event with
its magnitude.
"""

import numpy as np
from numpy.typing import NDArray

from rapidmass.config.models.xgboost import BoostedTrees
from rapidmass.models.classifiers.boosting import boost
from rapidmass.models.classifiers.events import LabelledEvents


def refine(
    training: LabelledEvents,
    validation: LabelledEvents,
    settings: BoostedTrees,
    *,
    seed: int,
    threads: int,
) -> LabelledEvents:
    """Replace weights by what events like these weigh on average, class by class.

    Parameters
    ----------
    training, validation
        Events with signed weights.
    settings
        How trees are grown that learn the share of negative weights.
    seed, threads
        As for `rapidmass.models.classifiers.boosting.boost`.

    Returns
    -------
    LabelledEvents
        The training part; each class keeps the sum of its weights. One without negative weights
        stays as it is.
    """
    weight = training.weight.copy()
    for label in np.unique(training.label):
        mine = training.label == label
        learned = _label_signs(training, mine)
        watched = _label_signs(validation, validation.label == label)
        if not learned.label.any():
            continue
        booster, margin, _ = boost(learned, watched, settings, seed=seed, threads=threads)
        scores = booster.inplace_predict(learned.x, predict_type="margin") + np.float32(margin)
        # 1 - 2 p for p = 1 / (1 + exp(-score))
        refined = learned.weight * -np.tanh(0.5 * scores)
        total = weight[mine].sum(dtype=np.float64)
        weight[mine] = refined * np.float32(total / refined.sum(dtype=np.float64))
    return training._replace(weight=weight)


def _label_signs(events: LabelledEvents, chosen: NDArray[np.bool_]) -> LabelledEvents:
    weight = events.weight[chosen]
    return LabelledEvents(events.x[chosen], (weight < 0).astype(np.float32), np.abs(weight))
