"""The classifiers of one window: gates, treatment of features, and scores of all events."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from rapidmass.config.studies.bump_hunt import BumpHunt
from rapidmass.search.bumps.decorrelation import decorrelate
from rapidmass.search.bumps.ensembles import Ensemble, Features, Trees, grow_ensemble
from rapidmass.search.bumps.gates import Gates, try_gates
from rapidmass.search.bumps.hunt import HuntEvents, draw_folds
from rapidmass.search.bumps.methods.base import Sample, Template
from rapidmass.search.bumps.methods.registry import load_method
from rapidmass.search.bumps.windows import HIGH, LOW, OUTSIDE, SIGNAL, Window
from rapidmass.storage.event_keys import derive_seed

Array = NDArray[np.float64]


@dataclass(frozen=True)
class WindowScores:
    """What the classifier of a window says.

    Parameters
    ----------
    score
        Shape (events,): of all events, each by trees that have not seen it.
    before, after
        Gates of the features as they are, and as they were used.
    treated
        Features that were decorrelated or dropped.
    """

    score: Features
    before: Gates
    after: Gates
    treated: tuple[str, ...]


def score_window(
    events: HuntEvents,
    window: Window,
    settings: BumpHunt,
    *,
    seed: int,
    threads: int = 1,
    own: NDArray[np.bool_] | None = None,
    simulated: Array | None = None,
    forced: Sequence[str] = (),
) -> WindowScores:
    """Grow the classifiers of a window, and score all events.

    Parameters
    ----------
    events
        All events in the range.
    window
        Signal region and sidebands.
    settings
        How the hunt is done.
    seed
        What everything random follows from.
    threads
        Threads.
    own
        Shape (events,): which events are data; others are scored alone. Default: all.
    simulated
        Shape (events,): weights of simulated background, 0 for all else. Default: there is none.
    forced
        Features that are treated as if they knew the mass, whatever the gates say.

    Returns
    -------
    WindowScores
        Scores and gates.

    Raises
    ------
    ValueError
        If features know the mass, and `settings.correlated` says that such are refused, or the
        method needs simulated background in the window, and there is none.
    """
    place, fold = window.divide(events.mass), draw_folds(events.key, settings.folds)
    region = place if own is None else np.where(own, place, OUTSIDE).astype(np.int8)
    trees = make_trees(settings, threads)
    used, before, after, treated = _treat(
        events, window, region, fold, settings, trees, forced, derive_seed(seed, "gates")
    )
    weight = np.zeros(len(place)) if simulated is None else np.maximum(simulated, 0.0)
    sample = Sample(events.key, events.mass, used, place, weight)
    score = _score(sample, region > 0, fold, window, settings.method, trees, seed)
    return WindowScores(score, before, after, treated)


def _treat(
    events: HuntEvents,
    window: Window,
    region: NDArray[np.int8],
    fold: NDArray[np.int64],
    settings: BumpHunt,
    trees: Trees,
    forced: Sequence[str],
    seed: int,
) -> tuple[Features, Gates, Gates, tuple[str, ...]]:
    """Try gates, and treat the features that they catch."""
    features, names = events.features, events.names
    before = try_gates(features, names, events.mass, region, fold, trees, seed=seed)
    treated = tuple(forced)
    if not treated and not before.passed:
        # where none alone knows the mass, all together do; and a quantile at a mass, beside what it
        # was made from or a feature much like it, tells the mass
        keep_rest = before.caught and settings.correlated != "decorrelate"
        treated = before.caught if keep_rest else names
    if not treated:
        return features, before, before, ()
    if settings.correlated == "refuse":
        raise ValueError(
            f"window {window.low:.4g} to {window.high:.4g}: features know the mass: "
            f"{', '.join(treated)} (sidebands are told apart with an AUC of {before.auc:.3f} "
            f"+- {before.error:.3f}); leave them out by studies.bump_hunt.exclude_features, or "
            "set studies.bump_hunt.correlated: decorrelate"
        )
    columns = np.array([name in treated for name in names])
    if settings.correlated == "drop" and not columns.all():
        features, names = features[:, ~columns], tuple(np.array(names)[~columns].tolist())
    else:
        features = features.copy()
        sidebands = (region == LOW) | (region == HIGH)
        features[:, columns] = decorrelate(
            features[:, columns], events.mass, sidebands, fold, events.key
        )
    after = try_gates(features, names, events.mass, region, fold, trees, seed=seed)
    return features, before, after, treated


def _score(
    sample: Sample,
    own: NDArray[np.bool_],
    fold: NDArray[np.int64],
    window: Window,
    method: str,
    trees: Trees,
    seed: int,
) -> Features:
    """Score each event by a classifier of other folds: their signal region against a template."""
    make_template = load_method(method).make_template
    seed = derive_seed(seed, "trees")
    score = np.zeros(len(fold), dtype=np.float32)
    for number in range(int(fold.max()) + 1):
        others = fold != number
        data = sample.take(own & others)._replace(weight=np.ones(np.count_nonzero(own & others)))
        simulation = sample.take((sample.weight > 0) & others)
        template = make_template(
            data, simulation, window=window, trees=trees, seed=derive_seed(seed, "template", number)
        )
        ensemble = grow_against(data, template, trees, method, seed=seed + number)
        rows = fold == number
        score[rows] = ensemble.score(template.transform(sample.take(rows)))
    return score


def grow_against(
    data: Sample, template: Template, trees: Trees, method: str, *, seed: int
) -> Ensemble:
    """Grow an ensemble that tells the signal region of data from a template.

    Parameters
    ----------
    data
        Events of data: those of the signal region are used.
    template
        What they are compared with.
    trees
        How trees are grown.
    method
        Name of the method, for the message of an error.
    seed
        What everything random follows from.

    Returns
    -------
    Ensemble
        Both have half of the weight.

    Raises
    ------
    ValueError
        If the template is empty.
    """
    total = template.weight.sum()
    if not total > 0:
        raise ValueError(
            f"studies.bump_hunt.method {method}: there is no background to compare the window from "
            f"{data.mass.min():.4g} to {data.mass.max():.4g} with: give the selection channels "
            "with events in it, or choose the method cwola"
        )
    inside = data.take(data.region == SIGNAL)
    features = np.vstack([template.transform(inside), template.features])
    label = np.arange(len(features)) < len(inside.mass)
    weight = np.concatenate(
        [np.full(len(inside.mass), 0.5 / max(len(inside.mass), 1)), template.weight / (2 * total)]
    )
    return grow_ensemble(features, label, weight, trees, seed=seed)


def make_trees(settings: BumpHunt, threads: int) -> Trees:
    """Say how trees are grown."""
    return Trees(
        settings.ensemble,
        settings.trees,
        settings.leaves,
        settings.learning_rate,
        threads=threads,
    )
