"""Unweighted events for kinds that take no weights."""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from rapidmass.config.models.fitted_baseline import DrawnBaseline
from rapidmass.models.baselines.training_events import TrainingEvents
from rapidmass.models.inputs.event_weights import sum_weights
from rapidmass.representations.base import Encoded
from rapidmass.storage.event_keys import draw_uniform


def draw_events(settings: DrawnBaseline, training: TrainingEvents) -> NDArray[np.float32]:
    """Draw unweighted events from the training part, and scale them.

    Parameters
    ----------
    settings, training
        As for `iterate_drawn`.

    Returns
    -------
    ndarray of float32, shape (about n, features)
        Scaled elements.

    Raises
    ------
    ValueError
        If the weights are all 0.
    """
    drawn = iterate_drawn(settings, training)
    nothing = np.empty((0, len(training.features)), dtype=np.float32)
    scaled = (training.scaler.transform(some, training.features) for some in drawn)
    return np.concatenate([nothing, *scaled])


def iterate_drawn(settings: DrawnBaseline, training: TrainingEvents) -> Iterator[Encoded]:
    """Draw unweighted events from the training part.

    An event of weight w is taken n w / W times on average, W being the sum of all weights: as often
    as the integer part of that says, and once more if a random number that belongs to the event is
    below the rest.

    Parameters
    ----------
    settings
        n is the smaller of `max_events` and the number of events.
    training
        The events, with their sum of weights. Which copies are drawn follows from the seed.

    Yields
    ------
    Encoded
        Some of the drawn events, in the order of the files.

    Raises
    ------
    ValueError
        If the weights are all 0.
    """
    total = sum_weights(training.scaler.sums, settings.negative_weights)
    if not total > 0:
        raise ValueError(
            f"{settings.kind}: the events to fit it to have a total weight of {total:g} pb with "
            f"negative_weights: {settings.negative_weights}; it must be positive"
        )
    wanted = min(settings.max_events, training.scaler.sums.n_events)
    for piece in training.iterate(settings.negative_weights):
        share = piece.weight * (wanted / total)
        uniform = draw_uniform(piece.keys, f"{settings.kind.replace('_', ' ')}/{training.seed}")
        times = np.floor(share + uniform).astype(np.int64)
        yield piece.encoded.take(np.repeat(np.arange(len(times)), times))
