"""Trees that tell the background from itself with its elements shuffled among events.

Each element by itself is distributed as before, so the odds of a shuffled event are the ratio of
the product of the densities of all elements to their common density: what has large ones has
elements that the background does not have together. XGBoost grows the trees; the file holds them as
XGBoost keeps them.
"""

import logging
from collections.abc import Sequence
from typing import Any

import numpy as np
import pyarrow as pa
import xgboost
from numpy.typing import NDArray

from rapidmass.config.models.fitted_baseline import Shuffled
from rapidmass.models.baselines.base import FittedModel
from rapidmass.models.baselines.drawn_events import iterate_drawn
from rapidmass.models.baselines.training_events import TrainingEvents
from rapidmass.models.classifiers.boosting import boost, require_cuts
from rapidmass.models.classifiers.events import LabelledEvents

WATCHED = 0.2  # share of the drawn events that say when to stop
FEWEST = 100  # events to grow trees on, and to stop by
LOGGER = logging.getLogger(__name__)

Floats = NDArray[np.float32]


def score(model: FittedModel, table: pa.Table) -> NDArray[np.float32]:
    """Compute the logarithm of the odds that events are shuffled.

    It is large where elements do not belong together.
    """
    booster = xgboost.Booster({"nthread": 1})
    booster.load_model(bytearray(model.arrays["booster"].tobytes()))
    scores = np.empty(table.num_rows, dtype=np.float32)
    for rows, some in model.scaler.representation.decode(table).iterate_blocks():
        x = some.fill(features=model.features, padding=np.nan)
        margin = np.float32(model.arrays["margin"])
        scores[rows] = booster.inplace_predict(x, predict_type="margin") + margin
    return scores


def fit(settings: Shuffled, training: TrainingEvents) -> dict[str, NDArray[Any]]:
    """Grow trees on events of the training part and their shuffled copies.

    Parameters
    ----------
    settings
        How to grow, and among which events elements are shuffled.
    training
        The events. How elements are shuffled, and what is random in the trees, follows
        from the seed.

    Returns
    -------
    dict
        `booster`, shape (bytes,): the trees in UBJSON; `margin`, shape (): to be added to their
        score.

    Raises
    ------
    ValueError
        If too few events are left, or shuffling changes none of them.
    """
    features = training.features
    drawn = iterate_drawn(settings, training)
    pieces = [some.fill(features=features, padding=np.nan) for some in drawn]
    x = np.concatenate([np.empty((0, len(features)), dtype=np.float32), *pieces])
    rng = np.random.default_rng(training.seed)
    x = x[rng.permutation(len(x))]
    watched = int(WATCHED * len(x))
    if watched < FEWEST:
        raise ValueError(
            f"{len(x)} events, of {training.scaler.sums.n_events} in the training part, are too "
            f"few to grow trees on: {FEWEST / WATCHED:.0f} are needed; raise max_events, or "
            "simulate more"
        )
    names = [training.scaler.representation.element_names[k] for k in features]
    kept = [k for k, name in enumerate(names) if name in settings.classes]
    watching, grown = (
        _label(some, shuffle_elements(some, kept, rng)) for some in np.split(x, [watched])
    )
    booster, margin, history = boost(
        grown, watching, settings, seed=training.seed, threads=training.threads
    )
    require_cuts(settings.kind, booster, settings)
    LOGGER.info("%d trees of %d grown", booster.num_boosted_rounds(), len(history))
    found = np.frombuffer(booster.save_raw("ubj"), dtype=np.uint8)
    return {"booster": found, "margin": np.array(margin)}


def shuffle_elements(x: Floats, kept: Sequence[int], rng: np.random.Generator) -> Floats:
    """Shuffle each element among the events of a class.

    Parameters
    ----------
    x
        Shape (events, features), NaN where absent.
    kept
        Elements that stay with their event. A class is of events that have the same elements, and
        the same values of these.
    rng
        Decides which event gets which.

    Returns
    -------
    ndarray of float32, shape (events, features)
        The classes, and the values of each element in them, are those of `x`.

    Raises
    ------
    ValueError
        If nothing has changed: each class has one event, or one value of each element.
    """
    marks = np.concatenate([np.isnan(x), np.nan_to_num(x[:, kept])], axis=1)
    classes = np.unique(marks, axis=0, return_inverse=True)[1].ravel()
    found = x.copy()
    for k in sorted(set(range(x.shape[1])) - set(kept)):
        # both orders go through the classes one after the other
        before, after = (np.lexsort((rng.random(len(x)), classes)) for _ in range(2))
        found[after, k] = x[before, k]
    if np.array_equal(found, x, equal_nan=True):
        raise ValueError(
            "shuffling elements among events changes none: no two events have the same elements, "
            "or they do not vary; take fewer classes or features, or raise max_events"
        )
    return found


def _label(events: Floats, shuffled: Floats) -> LabelledEvents:
    label = np.repeat(np.array([0, 1], dtype=np.float32), len(events))
    return LabelledEvents(np.concatenate([events, shuffled]), label, np.ones_like(label))
