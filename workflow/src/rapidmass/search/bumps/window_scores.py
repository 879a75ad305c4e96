"""The classifiers of one window: gates, treatment of features, and scores of all events."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from rapidmass.config.studies.bump_hunt import BumpHunt
from rapidmass.search.bumps.decorrelation import decorrelate
from rapidmass.search.bumps.ensembles import Features, Trees, grow_folds, score_folds
from rapidmass.search.bumps.gates import Gates, try_gates
from rapidmass.search.bumps.hunt import HuntEvents, draw_folds
from rapidmass.search.bumps.windows import HIGH, LOW, OUTSIDE, Window
from rapidmass.storage.event_keys import derive_seed


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
        Shape (events,): which events take part; others are scored alone. Default: all.
    forced
        Features that are treated as if they knew the mass, whatever the gates say.

    Returns
    -------
    WindowScores
        Scores and gates.

    Raises
    ------
    ValueError
        If features know the mass, and `settings.correlated` says that such are refused.
    """
    region, fold = window.divide(events.mass), draw_folds(events.key, settings.folds)
    if own is not None:
        region[~own] = OUTSIDE
    trees = make_trees(settings, threads)
    aside = derive_seed(seed, "gates")
    features, names = events.features, events.names
    before = try_gates(features, names, events.mass, region, fold, trees, seed=aside)
    after, treated = before, tuple(forced)
    if not treated and not before.passed:
        treated = before.caught or names  # where none alone knows the mass, all together do
    if treated:
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
        after = try_gates(features, names, events.mass, region, fold, trees, seed=aside)
    ensembles = grow_folds(features, region, fold, trees, seed=derive_seed(seed, "trees"))
    return WindowScores(score_folds(ensembles, features, fold), before, after, treated)


def make_trees(settings: BumpHunt, threads: int) -> Trees:
    """Say how trees are grown."""
    return Trees(
        settings.ensemble,
        settings.trees,
        settings.leaves,
        settings.learning_rate,
        threads=threads,
    )
