"""A search for settings of boosted trees by their loss in inner folds, with pruning."""

import logging
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import optuna
import yaml
from numpy.typing import NDArray
from optuna.distributions import BaseDistribution, FloatDistribution, IntDistribution

from rapidmass.config.models.xgboost import BoostedTrees
from rapidmass.config.studies.tree_tuning import TreeSpace, TreeTuning
from rapidmass.models.classifiers.boosted_trees import grow_trees
from rapidmass.models.classifiers.boosting import boost
from rapidmass.models.classifiers.events import LabelledEvents, read_labelled, read_unseen
from rapidmass.models.inputs.class_sums import PARTS, measure_classes
from rapidmass.models.inputs.class_weights import make_training_weights
from rapidmass.models.inputs.scaler import Scaler
from rapidmass.provenance.atomic_files import write_whole
from rapidmass.representations.base import select_elements
from rapidmass.statistics.roc import compute_auc

logger = logging.getLogger(__name__)

LOGARITHMIC = frozenset({"learning_rate", "min_child_weight", "reg_lambda"})


def tune_trees(
    megasets: Sequence[Path],
    signals: Mapping[str, Path],
    scaler: Scaler,
    settings: BoostedTrees,
    tuning: TreeTuning,
    *,
    name: str,
    selection: str,
    validation_fraction: float,
    seed: int,
    threads: int,
) -> dict[str, Any]:
    """Search for better settings, and try them on the events that had no part in the search.

    Parameters
    ----------
    megasets, signals, scaler, name, selection, validation_fraction, threads
        As for `rapidmass.models.classifiers.boosted_trees.grow_trees`.
    settings
        As configured; what is not varied stays.
    tuning
        What is varied, and how long.
    seed
        Decides inner folds, proposals and trees.

    Returns
    -------
    dict
        `trials`, each with `parameters`, `loss` (mean over inner folds; None if given up), `folds`
        (losses that were measured) and `trees` (mean number); the first is as configured. `best`:
        index of the smallest loss. `unseen`: AUC (`value`, `uncertainty`) of `configured` and
        `tuned` trees on the fold that no trial saw. `network`: the tuned settings.

    Raises
    ------
    ValueError
        As `grow_trees`.
    """
    features = select_elements(scaler.representation, settings.exclude_features)
    sums = measure_classes(
        megasets, signals, fold=scaler.fold, validation_fraction=validation_fraction
    )
    weights = make_training_weights(name, settings, sums)
    pool = _join(
        [
            read_labelled(
                megasets, signals, scaler, features, weights["training"],
                part=part, validation_fraction=validation_fraction,
            )
            for part in PARTS
        ]
    )  # fmt: skip
    trials = search(pool, settings, tuning, name=name, seed=seed, threads=threads)
    losses = [np.inf if trial["loss"] is None else trial["loss"] for trial in trials]
    best = int(np.argmin(losses))
    tuned = settings.model_copy(update=trials[best]["parameters"])
    unseen = read_unseen(megasets, signals, scaler, features, weights["validation"])
    found = {}
    for what, chosen in (("configured", settings), ("tuned", tuned)):
        trees = grow_trees(
            megasets, signals, scaler, chosen, name=name, selection=selection,
            validation_fraction=validation_fraction, seed=seed, threads=threads,
        )  # fmt: skip
        found[what] = _measure_auc(unseen, trees.compute_scores(unseen.x))
    return {
        "trials": trials,
        "best": best,
        "unseen": found,
        "network": tuned.model_dump(mode="json"),
    }


def write_block(path: Path, name: str, found: Mapping[str, Any]) -> None:
    """Write tuned trees as a block of the configuration.

    Parameters
    ----------
    path
        The YAML file to write.
    name
        Name of the architecture; that of the new one ends in `_tuned`.
    found
        From `tune_trees`.
    """
    block = {"architectures": {f"{name}_tuned": found["network"]}}
    with write_whole(path) as temporary:
        temporary.write_text(yaml.safe_dump(block, sort_keys=False), encoding="utf-8")


def list_distributions(space: TreeSpace) -> dict[str, BaseDistribution]:
    """List what is varied, as Optuna has it."""
    found: dict[str, BaseDistribution] = {"max_depth": IntDistribution(*space.max_depth)}
    for name in type(space).model_fields:
        if name != "max_depth":
            low, high = getattr(space, name)
            found[name] = FloatDistribution(low, high, log=name in LOGARITHMIC)
    return found


def search(
    pool: LabelledEvents,
    settings: BoostedTrees,
    tuning: TreeTuning,
    *,
    name: str,
    seed: int,
    threads: int,
) -> list[dict[str, Any]]:
    """Try settings: the configured ones, then those of a tree-structured Parzen estimator.

    Parameters
    ----------
    pool
        Events, which are divided into inner folds.
    settings
        As configured.
    tuning
        What is varied, and how long.
    name
        For messages.
    seed, threads
        As for `rapidmass.models.classifiers.boosting.boost`.

    Returns
    -------
    list of dict
        As the `trials` of `tune_trees`.
    """
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    folds = np.random.default_rng(seed).integers(0, tuning.inner_folds, len(pool.label))
    study = optuna.create_study(
        sampler=optuna.samplers.TPESampler(
            n_startup_trials=tuning.random_trials, seed=seed % 2**31
        ),
        pruner=optuna.pruners.MedianPruner(n_startup_trials=tuning.random_trials),
    )
    configured = {key: getattr(settings, key) for key in TreeSpace.model_fields}
    trials = [_try(pool, folds, settings, configured, None, seed=seed, threads=threads)]
    for number in range(tuning.trials):
        trial = study.ask(list_distributions(tuning.space))
        found = _try(pool, folds, settings, trial.params, trial, seed=seed, threads=threads)
        given_up = found["loss"] is None
        state = optuna.trial.TrialState.PRUNED if given_up else None
        study.tell(trial, None if given_up else found["loss"], state=state)
        logger.info(
            "%s: trial %d of %d: %s, loss %s",
            name, number + 1, tuning.trials, trial.params, found["loss"] or "given up",
        )  # fmt: skip
        trials.append(found)
    return trials


def _try(
    pool: LabelledEvents,
    folds: NDArray[np.int64],
    settings: BoostedTrees,
    parameters: Mapping[str, Any],
    trial: optuna.Trial | None,
    *,
    seed: int,
    threads: int,
) -> dict[str, Any]:
    """Measure the loss of each inner fold, until the mean is worse than usual."""
    chosen = settings.model_copy(update=dict(parameters))
    losses: list[float] = []
    trees: list[int] = []
    given_up = False
    for fold in range(int(folds.max()) + 1):
        held = folds == fold
        booster, _, history = boost(
            _select(pool, ~held), _select(pool, held), chosen, seed=seed, threads=threads
        )
        losses.append(min(record["validation_loss"] for record in history))
        trees.append(booster.num_boosted_rounds())
        if trial is not None:
            trial.report(float(np.mean(losses)), fold)
            given_up = fold < folds.max() and trial.should_prune()
        if given_up:
            break
    return {
        "parameters": dict(parameters),
        "loss": None if given_up else float(np.mean(losses)),
        "folds": losses,
        "trees": float(np.mean(trees)),
    }


def _join(parts: Sequence[LabelledEvents]) -> LabelledEvents:
    return LabelledEvents(*map(np.concatenate, zip(*parts, strict=True)))


def _select(events: LabelledEvents, chosen: NDArray[np.bool_]) -> LabelledEvents:
    return LabelledEvents(*(values[chosen] for values in events))


def _measure_auc(events: LabelledEvents, score: NDArray[np.float32]) -> dict[str, float]:
    parts = []
    for label in (0, 1):
        mine = events.label == label
        parts += [score[mine], events.weight[mine].astype(np.float64)]
    return compute_auc(*parts)._asdict()
