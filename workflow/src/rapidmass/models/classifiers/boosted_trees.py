"""Boosted trees that tell signals from background."""

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import xgboost
from numpy.typing import NDArray

from rapidmass.config.models.xgboost import BoostedTrees
from rapidmass.models.classifiers.boosting import boost, compute_loss, require_cuts
from rapidmass.models.classifiers.cancellation import cancel
from rapidmass.models.classifiers.events import read_labelled
from rapidmass.models.classifiers.refinement import refine
from rapidmass.models.inputs.class_sums import PARTS, ClassSums, measure_classes
from rapidmass.models.inputs.class_weights import make_training_weights
from rapidmass.models.inputs.scaler import Scaler
from rapidmass.representations.base import select_elements

logger = logging.getLogger(__name__)

Floats = NDArray[np.float32]


@dataclass(frozen=True, eq=False)
class GrownTrees:
    """Boosted trees and what they were grown on.

    Parameters
    ----------
    name
        Name of the architecture in the configuration.
    booster
        The trees; what it predicts lacks `margin`.
    margin
        Score before the first tree: the logarithm of the ratio of the class sums.
    settings
        What they were grown with.
    selection
        Name of the selection that the events passed.
    scaler
        Says which events they take, and which fold they did not see.
    features
        Flat indices of the elements that they see.
    validation_fraction, seed
        As given.
    sums
        Of the weights of the training part, by class and sample.
    history
        Losses after each tree, those after the best one too, of each member of an ensemble.
    losses
        Of all trees together, by part.
    warnings
        What to know of elements that tell nothing, in sentences.
    """

    name: str
    booster: xgboost.Booster
    margin: float
    settings: BoostedTrees
    selection: str
    scaler: Scaler
    features: NDArray[np.int64]
    validation_fraction: float
    seed: int
    sums: ClassSums
    history: list[dict[str, Any]]
    losses: Mapping[str, float]
    warnings: list[str]

    def compute_scores(self, x: Floats) -> NDArray[np.float32]:
        """Compute the logarithm of the odds that events are signal.

        Parameters
        ----------
        x
            Shape (events, features): elements as they are, NaN where absent.

        Returns
        -------
        ndarray of float32, shape (events,)
            As the training had them.
        """
        found: NDArray[np.float32] = self.booster.inplace_predict(x, predict_type="margin")
        return found + np.float32(self.margin)

    def share_gain(self) -> dict[str, float]:
        """Share the decrease of the training loss out among the features whose cuts made it.

        Returns
        -------
        dict
            Shares by feature, which add up to 1, falling; 0 for one that no tree cuts on. Of
            features that tell the same, one may have it all.
        """
        elements = self.scaler.representation.element_names
        gains: Mapping[str, Any] = self.booster.get_score(importance_type="total_gain")
        total = sum(gains.values())
        shares = {
            elements[k]: gains.get(f"f{column}", 0.0) / total
            for column, k in enumerate(self.features)
        }
        return dict(sorted(shares.items(), key=lambda pair: (-pair[1], pair[0])))


def grow_trees(
    megasets: Sequence[Path],
    signals: Mapping[str, Path],
    scaler: Scaler,
    settings: BoostedTrees,
    *,
    name: str,
    selection: str,
    validation_fraction: float,
    seed: int,
    threads: int,
) -> GrownTrees:
    """Grow trees on the training part until the loss of the validation part no longer falls.

    The validation part is weighted with the signs that the events have, whatever training does
    with negative weights.

    Parameters
    ----------
    megasets
        Files of the background.
    signals
        Files by signal.
    scaler
        Fitted on the background. Only its representation, selection and fold are used.
    settings
        How to grow.
    name
        Name of the model, for messages.
    selection
        Name of the selection that the events passed.
    validation_fraction
        Fraction of events in the validation part.
    seed
        Decides what is random if shares of events or elements are drawn.
    threads
        Processor threads: sums are split among them, so they belong to the result.

    Returns
    -------
    GrownTrees
        The same for the same arguments.

    Raises
    ------
    ValueError
        If a class lacks events or weight, negative weights are to be refused, no element varies, or
        no tree makes a cut.
    """
    if scaler.selection != selection:
        raise ValueError(
            f"{name}: the scaler is of the selection {scaler.selection}, but the trees are for "
            f"{selection}; use the files of one selection"
        )
    features = select_elements(scaler.representation, settings.exclude_features)
    sums = measure_classes(
        megasets, signals, fold=scaler.fold, validation_fraction=validation_fraction
    )
    weights = make_training_weights(name, settings, sums)
    training, validation = (
        read_labelled(
            megasets, signals, scaler, features, weights[part],
            part=part, validation_fraction=validation_fraction,
        )
        for part in PARTS
    )  # fmt: skip
    names = [scaler.representation.element_names[k] for k in features]
    warnings = _find_useless(name, training.x, names)
    if settings.refine_weights:
        training = refine(training, validation, settings, seed=seed, threads=threads)
    if settings.cancel_weights:
        training = cancel(training)
    booster, margin, history = boost(training, validation, settings, seed=seed, threads=threads)
    require_cuts(name, booster, settings)
    losses = {
        part: compute_loss(
            booster.inplace_predict(events.x, predict_type="margin") + np.float32(margin), events
        )
        for part, events in (("training", training), ("validation", validation))
    }
    logger.info("%s: %d trees of %d grown", name, booster.num_boosted_rounds(), len(history))
    return GrownTrees(
        name, booster, margin, settings, selection, scaler, features, validation_fraction, seed,
        sums["training"], history, losses, warnings,
    )  # fmt: skip


def _find_useless(name: str, x: Floats, names: Sequence[str]) -> list[str]:
    """Find elements that tell nothing; without any other it is an error."""
    missing = [name for k, name in enumerate(names) if np.isnan(x[:, k]).all()]
    constant = [
        name
        for k, name in enumerate(names)
        if name not in missing and not np.isnan(x[:, k]).any() and np.ptp(x[:, k]) == 0
    ]
    if len(missing) + len(constant) == len(names):
        raise ValueError(
            f"{name}: none of its {len(names)} features varies in the training part; "
            "check the expressions of the representation and exclude_features"
        )
    kinds = (("is in no event", missing), ("has the same value in every event", constant))
    return [
        f"the feature {feature} {what} of the training part: see exclude_features."
        for what, found in kinds
        for feature in found
    ]
