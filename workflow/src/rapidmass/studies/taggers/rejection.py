"""The rejection of a tagger: at an efficiency, as a curve, and by bins."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import pairwise
from typing import Any, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from rapidmass.scores.ordered import View, order_events
from rapidmass.scores.read import ScoredEvents
from rapidmass.statistics.roc import RocCurve
from rapidmass.statistics.weighted_events import count_effective

CURVE: Final = tuple(float(share) for share in np.linspace(0.3, 1.0, 29))

Flags = NDArray[np.bool_]
Rejection = tuple[float | None, float | None, float | None]
"""1 over the share of the background that passes, and the ends of its 68.3 % interval."""
NOTHING: Final[Rejection] = (None, None, None)


class Tagger(NamedTuple):
    """The scores of one training of a tagger.

    Parameters
    ----------
    iterate
        Gives the background of all channels in pieces.
    signals
        By name.
    """

    iterate: Callable[[], Iterable[ScoredEvents]]
    signals: Mapping[str, ScoredEvents]


class Bin(NamedTuple):
    """Ends of a bin; None: of all jets."""

    low: float | None
    high: float | None


class Task(NamedTuple):
    """What is measured.

    Parameters
    ----------
    efficiency
        Share of the signal that passes.
    variable, edges
        Event variable of the bins, and their edges.
    reference
        Name of the tagger that others are compared with.
    replicas
        Of the bootstrap.
    floor
        Fewest effective background events that must pass for a rejection to be quoted.
    """

    efficiency: float
    variable: str
    edges: Sequence[float]
    reference: str
    replicas: int
    floor: float

    @property
    def bins(self) -> list[Bin]:
        """All jets, and those of each bin."""
        return [Bin(None, None), *(Bin(low, high) for low, high in pairwise(self.edges))]

    def fall(self, events: ScoredEvents, place: Bin) -> Flags:
        """Tell which events fall into a bin."""
        values = events.variables[self.variable]
        if place.low is None or place.high is None:
            return np.ones(len(values), np.bool_)
        return (values >= place.low) & (values < place.high)


class _Jets:
    """Jets of a signal and of a background channel in a bin, and the curve of both."""

    def __init__(
        self, signal: ScoredEvents, background: Sequence[ScoredEvents], task: Task, place: Bin
    ) -> None:
        pieces = order_events(signal.select(task.fall(signal, place)))
        view = View.select(background, lambda events: task.fall(events, place))
        self.signal = len(pieces[0].score)
        self.background = 0
        sums, self._floor = np.zeros(2), task.floor
        for piece in view:
            self.background += len(piece.score)
            sums += piece.weight.sum(), piece.weight @ piece.weight
        self._effective = float(count_effective(*sums)) if sums[1] > 0 else 0.0
        # the cut is chosen on the signal: it has the part of the background of other curves
        defined = pieces[0].weight.sum() > 0 and sums[0] > 0
        self._curve = RocCurve.of_pieces(pieces, view) if defined else None

    def measure_auc(self) -> dict[str, float] | None:
        if self._curve is None:
            return None
        found = self._curve.compute_auc()  # of the signal above the background it is the rest
        return {"value": 1 - found.value, "uncertainty": found.uncertainty}

    def reject(self, efficiency: float) -> Rejection:
        if self._curve is None:
            return NOTHING
        found = self._curve.compute_efficiency(efficiency, self._floor)
        if found.efficiency is None or not found.efficiency * self._effective >= self._floor:
            return NOTHING
        low, high = (None if not end else 1 / max(end, 0.0) for end in (found.high, found.low))
        return 1 / found.efficiency, low, high

    def trace(self) -> list[list[float | None]]:
        return [] if self._curve is None else [[share, *self.reject(share)] for share in CURVE]


def measure_rejection(
    signal: ScoredEvents, background: Sequence[ScoredEvents], task: Task
) -> dict[str, Any]:
    """Measure what one training rejects of a background channel.

    Parameters
    ----------
    signal
        Scored jets.
    background
        Those of the channel, in pieces as from `rapidmass.scores.ordered.open_ordered`.
    task
        What is measured.

    Returns
    -------
    dict
        `auc` (`value` and `uncertainty`; None where undefined), `curve` (rows of signal
        efficiency, rejection and the ends of its 68.3 % interval) and `bins`, the first of all
        jets: `from`, `to` (None for all), `signal_jets`, `background_jets`, `rejection`, `low` and
        `high`. A rejection is None where too little passes.
    """
    found: dict[str, Any] = {"bins": []}
    for place in task.bins:
        jets = _Jets(signal, background, task, place)
        if place.low is None:
            found |= {"auc": jets.measure_auc(), "curve": jets.trace()}
        rejected = zip(("rejection", "low", "high"), jets.reject(task.efficiency), strict=True)
        numbers = {"signal_jets": jets.signal, "background_jets": jets.background}
        found["bins"].append({"from": place.low, "to": place.high, **numbers, **dict(rejected)})
    return found
