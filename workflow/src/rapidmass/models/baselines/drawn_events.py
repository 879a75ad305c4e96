"""Unweighted events for kinds that take no weights."""

from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from rapidmass.config.models.fitted_baseline import DrawnBaseline
from rapidmass.models.baselines.base import iterate_training
from rapidmass.models.inputs.event_weights import sum_weights
from rapidmass.models.inputs.scaler import Scaler
from rapidmass.representations.base import Encoded
from rapidmass.storage.event_keys import draw_uniform


def draw_events(
    settings: DrawnBaseline,
    megasets: Sequence[Path],
    scaler: Scaler,
    features: NDArray[np.int64],
    *,
    validation_fraction: float,
    seed: int,
) -> NDArray[np.float32]:
    """Draw unweighted events from the training part, and scale them.

    Parameters
    ----------
    settings, megasets, scaler, validation_fraction, seed
        As for `iterate_drawn`.
    features
        Flat indices of the elements that are used.

    Returns
    -------
    ndarray of float32, shape (about n, features)
        Scaled elements.

    Raises
    ------
    ValueError
        If the weights are all 0.
    """
    drawn = iterate_drawn(
        settings, megasets, scaler, validation_fraction=validation_fraction, seed=seed
    )
    nothing = np.empty((0, len(features)), dtype=np.float32)
    return np.concatenate([nothing, *(scaler.transform(some, features) for some in drawn)])


def iterate_drawn(
    settings: DrawnBaseline,
    megasets: Sequence[Path],
    scaler: Scaler,
    *,
    validation_fraction: float,
    seed: int,
) -> Iterator[Encoded]:
    """Draw unweighted events from the training part.

    An event of weight w is taken n w / W times on average, W being the sum of all weights: as often
    as the integer part of that says, and once more if a random number that belongs to the event is
    below the rest.

    Parameters
    ----------
    settings
        n is the smaller of `max_events` and the number of events.
    megasets
        Files of the representation and selection of the scaler.
    scaler
        Knows the sums of weights, and the fold that is left out.
    validation_fraction
        Fraction of events in the validation part, which is left out.
    seed
        Decides which copies of events are drawn.

    Yields
    ------
    Encoded
        Some of the drawn events, in the order of the files.

    Raises
    ------
    ValueError
        If the weights are all 0.
    """
    total = sum_weights(scaler.sums, settings.negative_weights)
    if not total > 0:
        raise ValueError(
            f"{settings.kind}: the events to fit it to have a total weight of {total:g} pb with "
            f"negative_weights: {settings.negative_weights}; it must be positive"
        )
    wanted = min(settings.max_events, scaler.sums.n_events)
    pieces = iterate_training(
        megasets,
        scaler,
        validation_fraction=validation_fraction,
        negative_weights=settings.negative_weights,
    )
    for piece in pieces:
        share = piece.weight * (wanted / total)
        uniform = draw_uniform(piece.keys, f"{settings.kind.replace('_', ' ')}/{seed}")
        times = np.floor(share + uniform).astype(np.int64)
        yield piece.encoded.take(np.repeat(np.arange(len(times)), times))
