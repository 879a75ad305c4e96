"""Boosting with signed weights: T. Chen, C. Guestrin, arXiv:1603.02754.

The loss is the cross-entropy, whose gradient and second derivative are given to XGBoost from here.
XGBoost itself refuses events of negative weight; their second derivative is taken as 0, so that
each leaf has a minimum.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
import xgboost
from numpy.typing import NDArray

from rapidmass.config.models.tree_growth import TreeGrowth
from rapidmass.models.classifiers.events import LabelledEvents

LOSS = "loss"
Floats = NDArray[np.float32]


def boost(
    training: LabelledEvents,
    validation: LabelledEvents,
    settings: TreeGrowth,
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
        Losses after each tree; `megaset` numbers the members of an ensemble.
    """
    sums = [float(training.weight[training.label == k].sum(dtype=np.float64)) for k in (0, 1)]
    margin = float(np.float32(np.log(sums[1] / sums[0])))
    data: dict[str, xgboost.DMatrix] = {
        "training": xgboost.QuantileDMatrix(
            training.x, max_bin=settings.max_bin, nthread=threads, missing=np.nan
        )
    }
    data["validation"] = xgboost.QuantileDMatrix(
        validation.x, ref=data["training"], max_bin=settings.max_bin, nthread=threads
    )
    events = {data["training"]: training, data["validation"]: validation}
    boosters, history = [], []
    for member in range(settings.ensemble):
        own = seed + member  # those of one member are what they are without others
        booster, losses = _train(settings, data, events, margin, own, threads)
        boosters.append(booster)
        history += [
            {"megaset": member, "epoch": tree, "training_loss": here, "validation_loss": there}
            for tree, (here, there) in enumerate(losses)
        ]
    return average(boosters), margin, history


def _train(
    settings: TreeGrowth,
    data: Mapping[str, xgboost.DMatrix],
    events: Mapping[xgboost.DMatrix, LabelledEvents],
    margin: float,
    seed: int,
    threads: int,
) -> tuple[xgboost.Booster, list[tuple[float, float]]]:
    losses: dict[str, dict[str, list[float]]] = {}
    stop = xgboost.callback.EarlyStopping(
        rounds=settings.early_stopping, metric_name=LOSS, data_name="validation", save_best=True
    )
    booster = xgboost.train(
        _list_parameters(settings, seed, threads),
        data["training"],
        settings.max_trees,
        evals=[(matrix, name) for name, matrix in data.items()],
        obj=_make_objective(events[data["training"]], margin),
        custom_metric=lambda scores, matrix: (LOSS, compute_loss(scores + margin, events[matrix])),
        callbacks=[stop],
        evals_result=losses,
        verbose_eval=False,
    )
    found = zip(losses["training"][LOSS], losses["validation"][LOSS], strict=True)
    return booster, list(found)


def average(boosters: Sequence[xgboost.Booster]) -> xgboost.Booster:
    """Make one booster whose predictions are the mean of those of several.

    It has all of their trees, with the values of leaves divided by the number of boosters.

    Parameters
    ----------
    boosters
        Grown on the same features.

    Returns
    -------
    xgboost.Booster
        The one itself if it is alone.
    """
    if len(boosters) == 1:
        return boosters[0]
    contents = [json.loads(booster.save_raw("json")) for booster in boosters]
    trees = [
        tree
        for content in contents
        for tree in content["learner"]["gradient_booster"]["model"]["trees"]
    ]
    for number, tree in enumerate(trees):
        tree["id"] = number
        leaves = np.array(tree["left_children"]) == -1
        values = np.array(tree["split_conditions"])
        tree["split_conditions"] = np.where(leaves, values / len(boosters), values).tolist()
    whole = contents[0]
    model = whole["learner"]["gradient_booster"]["model"]
    model |= {
        "trees": trees,
        "tree_info": [0] * len(trees),
        "iteration_indptr": list(range(len(trees) + 1)),
    }
    model["gbtree_model_param"]["num_trees"] = str(len(trees))
    merged = xgboost.Booster()
    merged.load_model(bytearray(json.dumps(whole), "utf-8"))
    return merged


def _list_parameters(settings: TreeGrowth, seed: int, threads: int) -> dict[str, Any]:
    """List parameters as XGBoost calls them."""
    leaves: dict[str, Any] = {}
    if settings.max_leaves is not None:
        leaves = {"max_leaves": settings.max_leaves, "grow_policy": "lossguide"}
    return {
        "tree_method": "hist",
        "base_score": 0.0,  # the margin is added by hand
        "disable_default_eval_metric": True,
        "max_depth": settings.max_depth,
        **leaves,
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


def compute_loss(scores: Floats, events: LabelledEvents) -> float:
    """Compute the weighted mean of the cross-entropy, in nats, of scores in logits."""
    scores = scores.astype(np.float64)
    each = np.logaddexp(0, scores) - events.label * scores
    return float(events.weight @ each / events.weight.sum(dtype=np.float64))


def require_cuts(name: str, booster: xgboost.Booster, settings: TreeGrowth) -> None:
    """Make sure that trees tell events apart.

    Parameters
    ----------
    name
        What errors call them.
    booster
        The trees.
    settings
        How they were grown.

    Raises
    ------
    ValueError
        If none of them makes a cut.
    """
    if not any("split" in tree for tree in booster.get_dump(dump_format="json")):
        raise ValueError(
            f"{name}: no tree makes a cut, all events would have the same score. No "
            f"leaf would have min_child_weight: {settings.min_child_weight:g}, or no element tells "
            "the two classes apart: lower it, or add events or features"
        )
