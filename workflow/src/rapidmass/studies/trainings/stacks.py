"""Events with the scores of several trainings side by side."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import zip_longest
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rapidmass.scores.read import ScoredEvents, iterate_background, join_events, read_signal

Numbers = NDArray[np.float64]


class Stack:
    """Events with the scores of several trainings.

    Parameters
    ----------
    events
        With any of the scores.
    scores
        Shape (events, trainings): on scales that are common to all folds.
    """

    def __init__(self, events: ScoredEvents, scores: Numbers) -> None:
        self.events, self.scores = events, scores

    @classmethod
    def make(cls, by_training: Iterable[ScoredEvents | None]) -> "Stack":
        """Put events that several trainings scored beside each other.

        Parameters
        ----------
        by_training
            The same events in the same order; of all but the first the scores alone are kept.

        Returns
        -------
        Stack
            With the scores of all.

        Raises
        ------
        ValueError
            If they are other events; None stands for no more events.
        """
        first, *others = by_training
        if first is None or not all(
            other is not None and np.array_equal(first.key, other.key) for other in others
        ):
            raise ValueError(
                "the files of scores of two trainings hold other events: score the same test set "
                "with both"
            )
        scores = [one.score for one in (first, *others) if one is not None]
        return cls(first, np.stack(scores, axis=1).astype(np.float64))

    @classmethod
    def join(cls, parts: Sequence["Stack"]) -> "Stack":
        """Join events, one part after the other."""
        events = join_events([part.events for part in parts])
        return cls(events, np.concatenate([part.scores for part in parts]))

    def select(self, chosen: NDArray[np.integer[Any]]) -> "Stack":
        """Select events by their places."""
        return Stack(self.events.select(chosen), self.scores[chosen])

    def rate(self, score: Numbers) -> ScoredEvents:
        """Give the events one score."""
        return replace(self.events, score=score)


def iterate_stacks(
    paths: Sequence[Path], *, luminosity: float, scored_share: float, variables: Sequence[str]
) -> Iterator[Stack]:
    """Read the background with the scores of several trainings, in pieces.

    Parameters
    ----------
    paths
        Its scores by each training; at least one.
    luminosity, scored_share, variables
        As for `rapidmass.scores.read.iterate_background`.

    Yields
    ------
    Stack
        At least one.

    Raises
    ------
    ValueError
        If a file lacks a column, or they hold other events.
    """
    parts = [
        iterate_background(path, luminosity=luminosity, scored_share=scored_share, variables=wanted)
        for path, wanted in zip(paths, [variables, *[()] * (len(paths) - 1)], strict=True)
    ]
    return map(Stack.make, zip_longest(*parts))


def read_stack(
    paths: Sequence[Path], name: str, *, weight: float, luminosity: float, variables: Sequence[str]
) -> Stack:
    """Read a signal with the scores of several trainings.

    Parameters
    ----------
    paths
        Its scores by each training; at least one.
    name, weight, luminosity, variables
        As for `rapidmass.scores.read.read_signal`.

    Returns
    -------
    Stack
        All of its events.

    Raises
    ------
    ValueError
        If a file lacks a column, or they hold other events.
    """
    return Stack.make(
        read_signal(path, name, weight=weight, luminosity=luminosity, variables=variables)
        for path in paths
    )
