"""Pieces of events that come in the order of their scores, and the classes of their weights."""

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from rapidmass.statistics.class_tails import ClassTails
from rapidmass.statistics.ranked import Weighted
from rapidmass.statistics.weight_classes import WeightClasses


class Piece(NamedTuple):
    """Some events in the order of their scores.

    Parameters
    ----------
    score, weight
        Shape (events,).
    sums
        Shape (2, events + 1): sum of w and of w^2 of the events before each, and of all.
    """

    score: NDArray[np.float64]
    weight: NDArray[np.float64]
    sums: NDArray[np.float64]

    @classmethod
    def make(cls, events: Weighted, before: NDArray[np.float64]) -> "Piece":
        """Sum up the weights of events in order; `before`, shape (2,), is what came before."""
        weight = np.asarray(events.weight, dtype=np.float64)
        sums = np.empty((2, len(weight) + 1))
        sums[:, 0], sums[0, 1:], sums[1, 1:] = before, weight, weight**2
        np.cumsum(sums, axis=1, out=sums)
        # one type for all: a threshold of another one would have searches convert every score
        return cls(np.asarray(events.score, dtype=np.float64), weight, sums)

    def find(self, threshold: Any) -> tuple[Any, Any]:  # noqa: ANN401 (a number, or several)
        """Find the first event at a threshold, and the first one above it."""
        first = np.searchsorted(self.score, threshold, "left")
        return first, np.searchsorted(self.score, threshold, "right")


class PieceClasses:
    """Classes of weights of events that come in pieces.

    Attributes
    ----------
    whole
        What all events are.
    after
        Of each piece, the events of those after it.
    tails
        The largest scores of each class.
    """

    def __init__(self, pieces: Sequence[Weighted]) -> None:
        self.whole, self._octaves = WeightClasses.of_pieces(lambda: (p.weight for p in pieces))
        self.tails, nothing = ClassTails(len(self._octaves.present)), self.whole.sum(slice(None))
        own = []
        for piece in pieces:
            classes = WeightClasses(piece.weight, self._octaves)
            self.tails.add(classes.index, piece.score)
            own.append(classes.all)
        self.after = [nothing]
        for some in own[:0:-1]:
            self.after.insert(0, self.after[0].add_share(some, 1.0))
        self._place, self._opened = -1, self.whole

    def open(self, k: int, weight: NDArray[np.float64]) -> WeightClasses:
        """Find the classes of the events of a piece; those of the last one are kept."""
        if k != self._place:
            self._place, self._opened = k, WeightClasses(weight, self._octaves)
        return self._opened
