"""How likely the background is to have a score as large as one: a p-value for each event."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final, NamedTuple, Self

import numpy as np
from numpy.typing import NDArray

from rapidmass.scores.ordered import View
from rapidmass.scores.read import ScoredEvents
from rapidmass.statistics.ranked import Weighted
from rapidmass.statistics.weighted_ecdf import WeightedEcdf
from rapidmass.statistics.weighted_events import count_effective

TAIL_EVENTS: Final = 25  # effective events beyond which a curve is an exponential
STEP: Final = 1e-4  # of the logarithm of a share, between knots of a curve of many events
CLASS_EVENTS: Final = 200  # effective events that a class has at least
LABEL: Final = "label"  # what events call the variable that classes are made of

Values = NDArray[np.floating[Any]]
Floats = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class SurvivalCurve:
    """The logarithm of the share of the background at or above a score, which falls strictly.

    Where few background events lie beyond, it is that of an exponential with their mean, so that
    scores larger than all of the background keep an order.

    Parameters
    ----------
    knots
        Shape (2, knots): distinct scores of the background, rising, and the natural logarithm of
        the share above each, of what is equal half.
    end
        Score from which on the curve is an exponential.
    log_p_end
        Its value right above `end`.
    mean_excess
        Mean of the scores above `end`, less `end`.
    """

    knots: Floats
    end: float
    log_p_end: float
    mean_excess: float

    @classmethod
    def fit(cls, pieces: Sequence[Weighted]) -> Self:
        """Fit the curve to background.

        Parameters
        ----------
        pieces
            Events from small to large scores, of which one piece is held in memory. Weights may be
            negative as long as their sum is positive. Of several pieces the curve has the knots
            that it needs to be true to a part in 1 / `STEP` of each share.

        Returns
        -------
        SurvivalCurve
            Of this background.

        Raises
        ------
        ValueError
            If there is no event, a score is not finite, or weights add up to nothing.
        """
        ecdf = WeightedEcdf.of_pieces(pieces, "background")
        tail = _Tail.find(pieces)
        smallest = 0.5 / ecdf.size
        parts = _iterate_knots(ecdf, pieces, tail, smallest)
        knots = np.hstack([_thin(part) if len(pieces) > 1 else part for part in parts])
        return cls(
            knots,
            tail.end,
            min(float(np.log(max(tail.weight / ecdf.total, smallest))), float(knots[1, -1])),
            tail.excess / tail.weight if tail.weight > 0 and tail.excess > 0 else 1.0,
        )

    def measure(self, score: Values) -> Floats:
        """Measure scores.

        Parameters
        ----------
        score
            Shape (events,).

        Returns
        -------
        ndarray of float64, shape (events,)
            Natural logarithms of p-values.
        """
        inside = np.interp(score, *self.knots)
        beyond = self.log_p_end - (score - self.end) / self.mean_excess
        found: Floats = np.where(score > self.end, beyond, inside)
        return found


def _iterate_knots(
    ecdf: WeightedEcdf, pieces: Sequence[Weighted], tail: "_Tail", smallest: float
) -> Iterator[Floats]:
    """Make the pieces of a curve up to its end."""
    peak = 0.0
    for piece in (pieces[place] for place in range(tail.place + 1)):
        score = piece.score[_find_ends(piece.score) - 1].astype(np.float64)
        score = score[score <= tail.end]
        if len(score):
            # negative weights would let the curve rise again
            below = np.maximum.accumulate(np.clip(ecdf.place(score), peak, 1))
            peak = below[-1]
            # a share of half of what is equal is never 0 but for weights that cancel
            yield np.array([score, np.log(np.maximum(1 - below, smallest))])


def _thin(knots: Floats) -> Floats:
    """Leave the first and the last knot of each step: others lie between them."""
    step = np.floor(knots[1] / STEP)
    changes = np.concatenate([[True], step[1:] != step[:-1], [True]])
    return knots[:, changes[:-1] | changes[1:]]


class _Tail(NamedTuple):
    """The end of a curve, and what lies beyond.

    Parameters
    ----------
    place
        Piece of the events that the end is in.
    end
        Score there.
    weight, excess
        Of the events beyond: their weight, and the sum of weights times scores less the end.
    """

    place: int
    end: float
    weight: float
    excess: float

    @classmethod
    def find(cls, pieces: Sequence[Weighted]) -> Self:
        """Find the last score with `TAIL_EVENTS` effective events beyond; else the first one."""
        found, sums = cls(0, -np.inf, 0.0, 0.0), np.zeros((2, 1))
        last = 0
        for place in reversed(range(len(pieces))):
            piece = pieces[place]
            ends = _find_ends(piece.score)
            if not len(ends):
                continue
            powers = np.array([piece.weight, piece.weight**2])[:, ::-1]
            sums = np.cumsum(np.hstack([sums[:, -1:], powers]), axis=1)
            behind, squares = sums[:, len(piece.score) - ends]
            enough = (count_effective(behind, squares) >= TAIL_EVENTS) & (behind > 0)
            knot = int(np.flatnonzero(enough)[-1]) if enough.any() else 0
            last = int(ends[knot])
            found = cls(place, float(piece.score[last - 1]), float(behind[knot]), 0.0)
            if enough.any():
                break
        excess = 0.0
        for place in range(found.place, len(pieces)):
            tail = slice(last if place == found.place else 0, None)
            piece = pieces[place]
            excess += float(piece.weight[tail] @ (piece.score[tail] - found.end))
        return found._replace(excess=excess)


def _find_ends(score: Values) -> NDArray[np.int64]:
    """Find where scores in order end that are equal: the place after each last one."""
    return np.flatnonzero(np.append(score[1:] != score[:-1], [True] * (len(score) > 0))) + 1


@dataclass(frozen=True, eq=False)
class ClassCurves:
    """A curve for each class of events.

    Parameters
    ----------
    edges
        Shape (classes - 1,): lower ends of all classes but the first.
    curves
        One for each class.
    """

    edges: Floats
    curves: tuple[SurvivalCurve, ...]

    @classmethod
    def fit(
        cls,
        pieces: Sequence[ScoredEvents],
        tell: Callable[[ScoredEvents], NDArray[np.bool_]],
        edges: Floats,
    ) -> Self:
        """Fit a curve to the background of each class.

        Parameters
        ----------
        pieces
            Events from small to large scores, with the variable `LABEL` if there are several
            classes.
        tell
            Tells which of them count.
        edges
            From `choose_edges`.

        Returns
        -------
        ClassCurves
            Of this background.
        """

        def make_view(k: int) -> View:
            def is_inside(events: ScoredEvents) -> NDArray[np.bool_]:
                label = events.variables.get(LABEL)
                return np.asarray(tell(events) & (find_classes(edges, label, len(events.key)) == k))

            return View.select(pieces, is_inside)

        views = map(make_view, range(len(edges) + 1))
        return cls(edges, tuple(SurvivalCurve.fit(view) for view in views))

    def measure(self, score: Values, label: Values | None) -> Floats:
        """Measure scores, shape (events,), each among the background of its class."""
        place = find_classes(self.edges, label, len(score))
        found = np.empty(len(score))
        for k, curve in enumerate(self.curves):
            found[place == k] = curve.measure(score[place == k])
        return found


def find_classes(edges: Floats, label: Values | None, events: int) -> NDArray[np.int64]:
    """Find the class of each event.

    Parameters
    ----------
    edges
        Lower ends of all classes but the first.
    label
        Shape (events,); None: all events are in the first class.
    events
        How many there are.

    Returns
    -------
    ndarray of int64, shape (events,)
        From 0.
    """
    if label is None:
        return np.zeros(events, np.int64)
    return np.searchsorted(edges, label, side="right").astype(np.int64)


def choose_edges(parts: Iterable[tuple[Values, Floats]]) -> Floats:
    """Choose classes from the largest label down, each of them with enough background.

    Parameters
    ----------
    parts
        Labels, such as numbers of objects, and weights of the background, each of shape (events,).

    Returns
    -------
    ndarray of float64, shape (classes - 1,)
        Lower ends of all classes but the first. Values that few background events have are joined
        to the next lower ones.
    """
    values: Values = np.empty(0)
    sums = np.empty((2, 0))
    for label, weight in parts:
        merged = np.union1d(values, label)
        more = np.zeros((2, len(merged)))
        more[:, np.searchsorted(merged, values)] = sums
        place = np.searchsorted(merged, label)
        for power, row in zip((weight, weight**2), more, strict=True):
            np.add.at(row, place, power)
        values, sums = merged, more
    edges: list[float] = []
    total = square = 0.0
    for value, w, w2 in zip(values[::-1], *sums[:, ::-1], strict=True):
        total, square = total + w, square + w2
        if total > 0 and total**2 >= CLASS_EVENTS * square:
            edges.append(float(value))
            total = square = 0.0
    # the lowest class takes what is left over below it
    return np.array(edges[:-1][::-1])
