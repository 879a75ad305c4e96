"""How likely the background is to have a score as large as one: a p-value for each event."""

from dataclasses import dataclass
from typing import Any, Final, Self

import numpy as np
from numpy.typing import NDArray

from rapidmass.statistics.weighted_ecdf import WeightedEcdf
from rapidmass.statistics.weighted_events import count_effective

TAIL_EVENTS: Final = 25  # effective events beyond which a curve is an exponential
CLASS_EVENTS: Final = 200  # effective events that a class has at least

Values = NDArray[np.floating[Any]]
Floats = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class SurvivalCurve:
    """The logarithm of the share of the background at or above a score, which falls strictly.

    Where few background events lie beyond, it is that of an exponential with their mean, so that
    scores larger than all of the background keep an order.

    Parameters
    ----------
    score
        Shape (knots,), rising: distinct scores of the background.
    log_p
        Shape (knots,): natural logarithm of the share above each, of what is equal half.
    end
        Score from which on the curve is an exponential.
    log_p_end
        Its value right above `end`.
    mean_excess
        Mean of the scores above `end`, less `end`.
    """

    score: Floats
    log_p: Floats
    end: float
    log_p_end: float
    mean_excess: float

    @classmethod
    def fit(cls, score: Values, weight: Floats) -> Self:
        """Fit the curve to background.

        Parameters
        ----------
        score, weight
            Shape (events,). Weights may be negative as long as their sum is positive.

        Returns
        -------
        SurvivalCurve
            Of this background.

        Raises
        ------
        ValueError
            If there is no event, a score is not finite, or weights add up to nothing.
        """
        ecdf = WeightedEcdf(score, weight, "background")
        knots = np.unique(ecdf.score)
        # negative weights would let the curve rise again
        below = np.maximum.accumulate(np.clip(ecdf.place(knots), 0, 1))
        first = np.searchsorted(ecdf.score, knots, "right")
        behind, squares = (
            np.append(np.cumsum(power[::-1])[::-1], 0.0)[first]
            for power in (ecdf.weight, ecdf.weight**2)
        )
        enough = (count_effective(behind, squares) >= TAIL_EVENTS) & (behind > 0)
        last = int(np.flatnonzero(enough)[-1]) if enough.any() else 0
        tail = slice(first[last], None)
        end = float(knots[last])
        above = float(behind[last])
        excess = float(ecdf.weight[tail] @ (ecdf.score[tail] - end))
        smallest = 0.5 / len(ecdf.score)
        # a share of half of what is equal is never 0 but for weights that cancel
        log_p = np.log(np.maximum(1 - below[: last + 1], smallest))
        return cls(
            knots[: last + 1],
            log_p,
            end,
            min(float(np.log(max(above / ecdf.total, smallest))), float(log_p[-1])),
            excess / above if above > 0 and excess > 0 else 1.0,
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
        inside = np.interp(score, self.score, self.log_p)
        beyond = self.log_p_end - (score - self.end) / self.mean_excess
        found: Floats = np.where(score > self.end, beyond, inside)
        return found


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
    def fit(cls, score: Values, weight: Floats, label: Values | None) -> Self:
        """Fit a curve to the background of each class.

        Parameters
        ----------
        score, weight
            Shape (events,).
        label
            Shape (events,): what classes are made of, such as a number of objects. Values that few
            background events have are joined to the next lower ones. None: one class.

        Returns
        -------
        ClassCurves
            Of this background.
        """
        edges = np.empty(0) if label is None else _choose_edges(label, weight)
        place = find_classes(edges, label, len(score))
        curves = (
            SurvivalCurve.fit(score[place == k], weight[place == k]) for k in range(len(edges) + 1)
        )
        return cls(edges, tuple(curves))

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


def _choose_edges(label: Values, weight: Floats) -> Floats:
    """Choose classes from the largest label down, each of them with enough background."""
    values, place = np.unique(label, return_inverse=True)
    sums, squares = (np.bincount(place, power) for power in (weight, weight**2))
    edges: list[float] = []
    total = square = 0.0
    for value, w, w2 in zip(values[::-1], sums[::-1], squares[::-1], strict=True):
        total, square = total + w, square + w2
        if total > 0 and total**2 >= CLASS_EVENTS * square:
            edges.append(float(value))
            total = square = 0.0
    # the lowest class takes what is left over below it
    return np.array(edges[:-1][::-1])
