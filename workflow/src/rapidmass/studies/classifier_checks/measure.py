"""All checks of one classifier."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rapidmass.config.models.classifier import Classifier
from rapidmass.config.models.supervised import Supervised
from rapidmass.config.models.xgboost import BoostedTrees
from rapidmass.config.search.scan import Axis
from rapidmass.config.studies.classifier_checks import ClassifierChecks
from rapidmass.models.export.onnx_model import Model
from rapidmass.scores.ordered import open_ordered, open_variable
from rapidmass.scores.read import ScoredEvents, join_events
from rapidmass.search.sculpting import measure_sculpting
from rapidmass.search.separation import find_ends, join_ends
from rapidmass.statistics.weighted_means import list_finite
from rapidmass.studies.classifier_checks.calibration import measure_calibration
from rapidmass.studies.classifier_checks.correlations import correlate
from rapidmass.studies.classifier_checks.cuts import (
    measure_composition,
    measure_purity,
)
from rapidmass.studies.classifier_checks.events import CheckedEvents, Numbers, read_checked
from rapidmass.studies.classifier_checks.groups import CLASSES, PARTS, SHAPES
from rapidmass.studies.classifier_checks.importance import measure_importance, share_contributions
from rapidmass.studies.classifier_checks.overtraining import measure_overtraining


@dataclass(frozen=True)
class Trained:
    """A classifier that left out a fold, and what it was trained on.

    Parameters
    ----------
    name
        Name of the architecture.
    settings
        How it was trained.
    model
        As ONNX.
    booster
        Trees as XGBoost keeps them; None if it is a network.
    megasets, signals
        Files of the background, and of the signals that it was told of, by name.
    validation_fraction
        Fraction of events in the validation part.
    """

    name: str
    settings: Supervised
    model: Path
    booster: Path | None
    megasets: Sequence[Path]
    signals: Mapping[str, Path]
    validation_fraction: float


def read_settings(content: Mapping[str, Any]) -> Supervised:
    """Read how a classifier was trained, as in the configuration."""
    kind: type[Supervised] = BoostedTrees if content["family"] == "xgboost" else Classifier
    return kind.model_validate(content)


def check_model(
    trained: Trained, checks: ClassifierChecks, *, seed: int, threads: int
) -> dict[str, Any]:
    """Run a classifier again, on events that it was trained on and on events that it never saw.

    Parameters
    ----------
    trained
        The classifier.
    checks
        Settings of the study.
    seed
        Decides what is shuffled.
    threads
        Processor threads.

    Returns
    -------
    dict
        `events` by class and part, `overtraining`, `calibration`, `importance` (with
        `contribution` for trees) and `correlations` (`features`, and by class a matrix, of unseen
        events), in JSON types.

    Raises
    ------
    ValueError
        If a class lacks events.
    """
    model = Model(trained.model, threads)
    events = read_checked(
        model, trained.megasets, trained.signals, trained.settings,
        name=trained.name, validation_fraction=trained.validation_fraction, most=checks.events,
    )  # fmt: skip
    unseen = events.select(~events.trained)
    rng = np.random.default_rng(seed)
    output = f"score_{trained.settings.score_names[0]}"

    def score(x: NDArray[np.float32]) -> Numbers:
        return model.run_rows(x, [output])[output].astype(np.float64)

    importance = measure_importance(
        unseen, model.features, score,
        repetitions=checks.repetitions, most=checks.features, rng=rng,
    )  # fmt: skip
    names = model.representation.element_names
    if trained.booster is not None:
        shares = share_contributions(trained.booster, unseen, model.features)
        importance = [entry | {"contribution": shares[entry["feature"]]} for entry in importance]
    shown = [entry["feature"] for entry in importance]
    return {
        "events": {
            kind: {
                part: int(np.count_nonzero((events.label == label) & (events.trained == seen)))
                for part, seen in PARTS.items()
            }
            for kind, label in CLASSES.items()
        },
        "overtraining": measure_overtraining(events, permutations=checks.permutations, rng=rng),
        "calibration": measure_calibration(unseen, checks.bins),
        "importance": [entry | {"feature": names[entry["feature"]]} for entry in importance],
        "correlations": {
            "features": [names[k] for k in shown],
            **{kind: _correlate(unseen, label, shown) for kind, label in CLASSES.items()},
        },
    }


def _correlate(
    events: CheckedEvents,
    label: bool,
    shown: Sequence[int],
) -> list[Any]:
    mine = events.label == label
    return list_finite(correlate(events.x[mine][:, list(shown)], events.weight[mine]))


def check_scores(
    iterate: Callable[[], Iterable[ScoredEvents]],
    signals: Sequence[ScoredEvents],
    checks: ClassifierChecks,
    *,
    channels: Sequence[str],
    minimum_effective_events: float,
    folder: Path,
) -> dict[str, Any]:
    """Check what cuts on a score leave, with all events, each scored by what never saw it.

    Parameters
    ----------
    iterate
        Gives the scored background in pieces, weighted to what it stands for.
    signals
        The same of signals; at least one.
    checks
        Settings of the study.
    channels
        Names of the background channels.
    minimum_effective_events
        Cuts that fewer effective background events pass are left out of the curve of purity.
    folder
        Where events may lie meanwhile.

    Returns
    -------
    dict
        `purity`, `composition` and, by variable, `sculpting`.
    """
    signal = join_events(signals)
    axes = {name: _choose_axis(iterate, name, folder) for name in checks.variables}
    with open_ordered(lambda: (events.keep_ties() for events in iterate()), folder) as background:
        return {
            "purity": measure_purity(background, signal, minimum_effective_events),
            "composition": measure_composition(background, signal, channels),
            "sculpting": {
                name: measure_sculpting(background, name, axis, SHAPES)
                for name, axis in axes.items()
            },
        }


def _choose_axis(
    iterate: Callable[[], Iterable[ScoredEvents]], variable: str, folder: Path
) -> Axis:
    with open_variable(iterate, variable, folder) as pieces:
        return join_ends([find_ends(pieces)])
