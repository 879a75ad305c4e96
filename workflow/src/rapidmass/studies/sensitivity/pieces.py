"""The background in pieces, and gathered to larger ones."""

from collections.abc import Callable, Iterable, Iterator

import numpy as np
from numpy.typing import NDArray

from rapidmass.scores.read import ScoredEvents

Pieces = Callable[[], Iterable[ScoredEvents]]
EVENTS_AT_ONCE = 4_000_000  # each look-up among all events reads these once


def gather(parts: Iterable[NDArray[np.float64]]) -> Iterator[NDArray[np.float64]]:
    """Gather numbers of events to pieces of at least `EVENTS_AT_ONCE`, but for the last one.

    Parameters
    ----------
    parts
        Of shape (..., events).

    Yields
    ------
    ndarray of float64, shape (..., events)
        The same numbers, in their order.
    """
    held: list[NDArray[np.float64]] = []
    for part in parts:
        held.append(part)
        if sum(one.shape[-1] for one in held) >= EVENTS_AT_ONCE:
            yield np.concatenate(held, axis=-1)
            held = []
    if held:
        yield np.concatenate(held, axis=-1)
