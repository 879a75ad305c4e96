"""The background in pieces: in the order of a variable, and gathered to larger ones."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from rapidmass.scores.ordered import open_ordered
from rapidmass.scores.read import ScoredEvents

Pieces = Callable[[], Iterable[ScoredEvents]]
EVENTS_AT_ONCE = 4_000_000  # each look-up among all events reads these once


def open_variable(
    iterate: Pieces, name: str, folder: Path
) -> AbstractContextManager[Sequence[ScoredEvents]]:
    """Put events in the order of a variable.

    Parameters
    ----------
    iterate
        Gives the events.
    name
        Of the variable; events in which it is not finite are left out.
    folder
        Where to put files meanwhile.

    Returns
    -------
    context manager of a sequence of ScoredEvents
        Pieces as from `rapidmass.scores.ordered.open_ordered`, with the variable as score.
    """

    def turn() -> Iterator[ScoredEvents]:
        for events in iterate():
            # in double precision equal values stay equal
            values = events.variables[name].astype(np.float64)
            yield replace(events, score=values, variables={}).select(np.isfinite(values))

    return open_ordered(turn, folder)


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
