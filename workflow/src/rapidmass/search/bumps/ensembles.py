"""Ensembles of boosted trees that tell a signal region from its sidebands.

One such classifier is a coin where signal is a percent of the events; the mean of many, each grown
on another half and stopped by the rest, is not (T. Finke et al., Phys. Rev. D 109 (2024) 034033).
"""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import numpy as np
import xgboost
from numpy.typing import NDArray

from rapidmass.search.bumps.windows import HIGH, LOW, SIGNAL

Array = NDArray[np.float64]
Features = NDArray[np.float32]
BINS = 128  # of a feature
SHARES = {SIGNAL: 0.5, LOW: 0.25, HIGH: 0.25}
"""Of the weight in a training: unequal sidebands would let trees learn the slope of the mass."""


@dataclass(frozen=True)
class Trees:
    """How boosted trees are grown.

    Parameters
    ----------
    models
        How many are averaged.
    rounds
        Most trees of each.
    leaves
        Most leaves of a tree.
    rate
        Learning rate.
    patience
        After how many trees without a better loss on the other half a model ends.
    threads
        Threads.
    """

    models: int = 20
    rounds: int = 200
    leaves: int = 31
    rate: float = 0.1
    patience: int = 10
    threads: int = 1


class Ensemble:
    """Boosted trees whose scores are averaged.

    Parameters
    ----------
    boosters
        Each ends with its best tree.
    """

    def __init__(self, boosters: Sequence[xgboost.Booster]) -> None:
        self._boosters = list(boosters)

    def score(self, features: Features) -> Features:
        """Score events: the mean probability to be of the signal region; shape (events,)."""
        if not len(features):
            return np.zeros(0, dtype=np.float32)
        total = np.zeros(len(features))
        for booster in self._boosters:
            booster.set_param({"nthread": 1})
            total += booster.inplace_predict(features)
        return (total / len(self._boosters)).astype(np.float32)


def grow_ensemble(
    features: Features, label: NDArray[np.bool_], weight: Array, trees: Trees, *, seed: int
) -> Ensemble:
    """Grow trees, each ensemble member on a random half, stopped by the other half.

    Parameters
    ----------
    features
        Shape (events, features): NaN where an event has none.
    label
        Shape (events,): whether an event is of the signal region.
    weight
        Shape (events,): not negative.
    trees
        How they are grown.
    seed
        What the halves follow from.

    Returns
    -------
    Ensemble
        Of `trees.models` members.
    """
    halves = np.random.default_rng(seed).random((trees.models, len(label))) < 0.5
    scaled = weight * (len(weight) / weight.sum())  # penalties are in units of events

    def grow(first: NDArray[np.bool_]) -> xgboost.Booster:
        return _grow_one(features, label, scaled, first, trees)

    # single threads side by side: those inside a booster wait for each other at every split
    with ThreadPoolExecutor(trees.threads) as pool:
        return Ensemble(list(pool.map(grow, halves)))


def _grow_one(
    features: Features,
    label: NDArray[np.bool_],
    weight: Array,
    first: NDArray[np.bool_],
    trees: Trees,
) -> xgboost.Booster:
    def take(rows: NDArray[np.bool_]) -> dict[str, Any]:
        return {
            "data": features[rows], "label": label[rows], "weight": weight[rows], "nthread": 1
        }  # fmt: skip

    booster = xgboost.train(
        {
            "objective": "binary:logistic",
            "tree_method": "hist",
            "grow_policy": "lossguide",
            "max_leaves": trees.leaves,
            "max_depth": 0,
            "max_bin": BINS,
            "eta": trees.rate,
            "nthread": 1,
            "base_score": 0.5,
        },
        xgboost.QuantileDMatrix(**take(first), max_bin=BINS),
        trees.rounds,
        evals=[(xgboost.DMatrix(**take(~first)), "others")],
        early_stopping_rounds=trees.patience,
        verbose_eval=False,
    )
    return booster[: booster.best_iteration + 1]


def weigh_regions(region: NDArray[np.int8]) -> Array:
    """Weigh events so that the signal region has half of the weight, and each sideband a quarter.

    Parameters
    ----------
    region
        Shape (events,): from `rapidmass.search.bumps.windows.Window.divide`.

    Returns
    -------
    ndarray, shape (events,)
        0 outside; the sum is 1.
    """
    weight = np.zeros(len(region))
    for part, share in SHARES.items():
        rows = region == part
        if rows.any():
            weight[rows] = share / np.count_nonzero(rows)
    return weight
