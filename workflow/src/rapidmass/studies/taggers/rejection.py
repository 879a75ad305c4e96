"""The rejection of a tagger: at an efficiency, as a curve, and by bins."""

from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from rapidmass.scores.read import ScoredEvents
from rapidmass.statistics.roc import RocCurve

CURVE: Final = tuple(float(share) for share in np.linspace(0.3, 1.0, 29))

Flags = NDArray[np.bool_]
Pair = tuple[ScoredEvents, ScoredEvents]
"""Scored jets of a signal and of a background channel."""
Place = tuple[float | None, float | None]
"""Ends of a bin; None: of all jets."""


class Tagger(NamedTuple):
    """The scores of one training of a tagger.

    Parameters
    ----------
    background
        All channels.
    signals
        By name.
    """

    background: ScoredEvents
    signals: Mapping[str, ScoredEvents]


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
    def bins(self) -> list[Place]:
        """All jets, and those of each bin."""
        return [(None, None), *pairwise(self.edges)]

    def fall(self, events: ScoredEvents, place: Place) -> Flags:
        """Tell which events fall into a bin."""
        values = events.variables[self.variable]
        low, high = place
        if low is None or high is None:
            return np.ones(len(values), np.bool_)
        return (values >= low) & (values < high)


def make_curve(pair: Pair) -> RocCurve | None:
    """Make the curve of background against signal: the cut is chosen on the signal.

    Parameters
    ----------
    pair
        Signal and background.

    Returns
    -------
    RocCurve or None
        None where one of them has no events.
    """
    signal, background = pair
    if not (signal.weight.sum() > 0 and background.weight.sum() > 0):
        return None
    return RocCurve(signal.score, signal.weight, background.score, background.weight)


def measure_auc(curve: RocCurve | None) -> tuple[float | None, float | None]:
    """Measure the area under the curve, and its uncertainty; of no curve there is none."""
    if curve is None:
        return None, None
    found = curve.compute_auc()  # of the signal above the background it is the rest
    return 1 - found.value, found.uncertainty


def reject(
    curve: RocCurve | None, background: ScoredEvents, efficiency: float, floor: float
) -> tuple[float | None, float | None, float | None]:
    """Compute a rejection with the ends of its interval.

    Parameters
    ----------
    curve
        From `make_curve`.
    background
        That of the curve.
    efficiency
        Share of the signal that passes.
    floor
        As in `Task`.

    Returns
    -------
    tuple
        1 over the share of the background that passes, and its 68.3 % interval; None where too
        little passes, or there is no curve.
    """
    if curve is None:
        return None, None, None
    found = curve.compute_efficiency(efficiency, floor)
    weight = background.weight
    effective = weight.sum() ** 2 / (weight**2).sum()
    if found.efficiency is None or not found.efficiency * effective >= floor:
        return None, None, None
    low, high = (None if not end else 1 / max(end, 0.0) for end in (found.high, found.low))
    return 1 / found.efficiency, low, high
