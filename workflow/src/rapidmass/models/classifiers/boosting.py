"""Boosting with signed weights: T. Chen, C. Guestrin, arXiv:1603.02754.

The loss is the cross-entropy, whose gradient and second derivative are given to XGBoost from here.
XGBoost itself refuses events of negative weight; their second derivative is taken as 0, so that
each leaf has a minimum.
"""

from collections.abc import Callable
from typing import Any

import numpy as np
import xgboost
from numpy.typing import NDArray

from rapidmass.config.models.xgboost import BoostedTrees
from rapidmass.models.classifiers.events import LabelledEvents

LOSS = "loss"
Floats = NDArray[np.float32]


def boost(
    training: LabelledEvents,
    validation: LabelledEvents,
    settings: BoostedTrees,
    *,
    seed: int,
    threads: int,
) -> tuple[xgboost.Booster, float, list[dict[str, Any]]]:
    """Grow trees until the loss of the validation part no longer falls.

    Parameters
    ----------
    training, validation
        Events; those with the label 1 are told from those with 0.
    settings
        How to grow.
    seed
        Decides what is random.
    threads
        Processor threads.

    Returns
    -------
    booster : xgboost.Booster
        The trees up to the best one.
    margin : float
        To be added to their scores.
    history : list of dict
        Losses after each tree.
    """
    sums = [float(training.weight[training.label == k].sum(dtype=np.float64)) for k in (0, 1)]
    margin = float(np.float32(np.log(sums[1] / sums[0])))
    data = {
        "training": xgboost.QuantileDMatrix(
            training.x, max_bin=settings.max_bin, nthread=threads, missing=np.nan
        )
    }
    data["validation"] = xgboost.QuantileDMatrix(
        validation.x, ref=data["training"], max_bin=settings.max_bin, nthread=threads
    )
    events = {data["training"]: training, data["validation"]: validation}
    losses: dict[str, dict[str, list[float]]] = {}
    stop = xgboost.callback.EarlyStopping(
        rounds=settings.early_stopping, metric_name=LOSS, data_name="validation", save_best=True
    )
    booster = xgboost.train(
        _list_parameters(settings, seed, threads),
        data["training"],
        settings.max_trees,
        evals=[(matrix, name) for name, matrix in data.items()],
        obj=_make_objective(training, margin),
        custom_metric=lambda scores, matrix: (LOSS, _compute_loss(scores + margin, events[matrix])),
        callbacks=[stop],
        evals_result=losses,
        verbose_eval=False,
    )
    found = zip(losses["training"][LOSS], losses["validation"][LOSS], strict=True)
    history = [
        {"megaset": 0, "epoch": tree, "training_loss": here, "validation_loss": there}
        for tree, (here, there) in enumerate(found)
    ]
    return booster, margin, history


def _list_parameters(settings: BoostedTrees, seed: int, threads: int) -> dict[str, Any]:
    """List parameters as XGBoost calls them."""
    return {
        "tree_method": "hist",
        "base_score": 0.0,  # the margin is added by hand
        "disable_default_eval_metric": True,
        "max_depth": settings.max_depth,
        "learning_rate": settings.learning_rate,
        "min_child_weight": settings.min_child_weight,
        "subsample": settings.subsample,
        "colsample_bytree": settings.colsample_bytree,
        "reg_lambda": settings.reg_lambda,
        "max_bin": settings.max_bin,
        "seed": seed % 2**31,
        "nthread": threads,
    }


def _make_objective(
    events: LabelledEvents, margin: float
) -> Callable[[Floats, xgboost.DMatrix], tuple[Floats, Floats]]:
    """Give gradient and second derivative of the cross-entropy by the score."""
    positive = np.maximum(events.weight, 0)

    def differentiate(scores: Floats, _: xgboost.DMatrix) -> tuple[Floats, Floats]:
        probability = 0.5 * (1 + np.tanh(0.5 * (scores + np.float32(margin))))
        gradient = events.weight * (probability - events.label)
        return gradient, positive * probability * (1 - probability)

    return differentiate


def _compute_loss(scores: Floats, events: LabelledEvents) -> float:
    """Compute the weighted mean of the cross-entropy, in nats."""
    scores = scores.astype(np.float64)
    each = np.logaddexp(0, scores) - events.label * scores
    return float(events.weight @ each / events.weight.sum(dtype=np.float64))
