"""Gates before a bump hunt: whether features know the mass.

A classifier of signal region against sidebands finds a signal only if the background has the same
features in both. What can be seen of that in data is tried on the sidebands alone.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.stats import norm, rankdata

from rapidmass.search.bumps.ensembles import Features, Trees, grow_ensemble
from rapidmass.search.bumps.windows import HIGH, LOW

Array = NDArray[np.float64]
LEVEL = 0.01  # chance that features which know nothing are caught: of all features together
MODELS = 4  # of the classifier of low against high sideband


@dataclass(frozen=True)
class Gates:
    """What the sidebands say.

    Parameters
    ----------
    correlations
        Spearman's coefficient of each feature with the mass, by name; over both sidebands together.
    auc, error
        Of a classifier of the low against the high sideband, and its standard deviation if they
        are alike.
    caught
        Features whose correlation is beyond chance.
    """

    correlations: dict[str, float]
    auc: float
    error: float
    caught: tuple[str, ...]

    @property
    def passed(self) -> bool:
        """Whether no feature was caught, and the classifier is a coin."""
        return not self.caught and self.is_coin

    @property
    def is_coin(self) -> bool:
        """Whether the classifier finds no difference of the sidebands."""
        return bool(self.auc < 0.5 + norm.isf(LEVEL) * self.error)

    def describe(self) -> dict[str, Any]:
        """Describe them in JSON types."""
        return {
            "correlations": self.correlations,
            "auc": self.auc,
            "error": self.error,
            "caught": list(self.caught),
            "passed": self.passed,
        }


def try_gates(
    features: Features,
    names: Sequence[str],
    mass: Array,
    region: NDArray[np.int8],
    fold: NDArray[np.int64],
    trees: Trees,
    *,
    seed: int,
) -> Gates:
    """Try whether features know the mass, on both sidebands.

    Parameters
    ----------
    features
        Shape (events, features).
    names
        Of the features.
    mass, region, fold
        Shape (events,).
    trees
        How the classifier is grown; `MODELS` of them a fold.
    seed
        What everything random follows from.

    Returns
    -------
    Gates
        Rank correlations, and how well the sidebands are told apart.
    """
    rows = (region == LOW) | (region == HIGH)
    x, m, high, part = features[rows], mass[rows], region[rows] == HIGH, fold[rows]
    correlations = {name: correlate(x[:, k], m) for k, name in enumerate(names)}
    limit = norm.isf(LEVEL / (2 * len(names))) / np.sqrt(max(len(m) - 1, 1))
    caught = tuple(name for name, found in correlations.items() if abs(found) > limit)
    auc, error = separate(x, high, part, trees, seed=seed)
    return Gates(correlations, auc, error, caught)


def correlate(values: NDArray[Any], mass: Array) -> float:
    """Compute Spearman's rank correlation; 0 where values are all the same, NaN ranks lowest."""
    ranks = rankdata(np.where(np.isnan(values), -np.inf, values))
    if np.ptp(ranks) == 0:
        return 0.0
    return float(np.corrcoef(ranks, rankdata(mass))[0, 1])


def separate(
    features: Features,
    label: NDArray[np.bool_],
    fold: NDArray[np.int64],
    trees: Trees,
    *,
    seed: int,
) -> tuple[float, float]:
    """Tell two samples apart by trees that have not seen the events that they judge.

    Parameters
    ----------
    features
        Shape (events, features).
    label, fold
        Shape (events,).
    trees, seed
        As for `rapidmass.search.bumps.ensembles.grow_ensemble`, but for the number of models.

    Returns
    -------
    auc : float
        Mean over folds of the area under the ROC curve.
    error : float
        Its standard deviation for samples that are alike (H. Mann, D. Whitney 1947).
    """
    few = Trees(MODELS, trees.rounds, trees.leaves, trees.rate, trees.patience, trees.threads)
    areas, variances = [], []
    for number in np.unique(fold):
        seen, held = fold != number, fold == number
        share = np.where(label, 0.5 / max(label[seen].sum(), 1), 0.5 / max((~label)[seen].sum(), 1))
        grown = grow_ensemble(
            features[seen], label[seen], share[seen], few, seed=seed + int(number)
        )
        score = grown.score(features[held])
        yes, total = int(label[held].sum()), int(held.sum())
        if not 0 < yes < total:
            raise ValueError(
                f"a sideband has no event in fold {number}: widen studies.bump_hunt.sidebands"
            )
        ranks = rankdata(score)[label[held]].sum()
        areas.append((ranks - yes * (yes + 1) / 2) / (yes * (total - yes)))
        variances.append((total + 1) / (12 * yes * (total - yes)))
    return float(np.mean(areas)), float(np.sqrt(np.sum(variances)) / len(variances))
