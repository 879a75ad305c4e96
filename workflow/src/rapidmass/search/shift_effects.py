"""What a systematic shift changes: yields of the same simulated events, and bins."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from rapidmass.scores.read import ScoredEvents
from rapidmass.statistics.significance import combine_shifts
from rapidmass.storage.tables import ALL_KEYS, KeyRange, split_keys

EVENTS_AT_ONCE = 4_000_000
Pieces = Callable[[], Iterable[ScoredEvents]]


class ShiftedPieces(NamedTuple):
    """Events of a systematic variation, in pieces.

    Parameters
    ----------
    name
        Name of the shift.
    source
        What is uncertain: of several shifts of one source the larger counts.
    background, signal
        Give scored events, with weights as the nominal ones.
    """

    name: str
    source: str
    background: Pieces
    signal: Pieces


class Weighed(Protocol):
    """Events of which keys and weights are known, each of shape (events,)."""

    @property
    def key(self) -> NDArray[np.uint64]:
        """Who each event is."""

    @property
    def weight(self) -> NDArray[np.float64]:
        """Weights."""


class Effect(NamedTuple):
    """Relative change of a yield, and its statistical uncertainty; None without a yield."""

    relative: float | None
    uncertainty: float | None


def compare_yields(nominal: Weighed, shifted: Weighed) -> Effect:
    """Compare the yields of the same simulated events before and after a shift.

    Parameters
    ----------
    nominal, shifted
        Events that pass; keys tell which are the same.

    Returns
    -------
    Effect
        As from `compare_pieces`.
    """
    return compare_pieces(lambda: [nominal], lambda: [shifted])


def compare_pieces(
    nominal: Callable[[], Iterable[Weighed]], shifted: Callable[[], Iterable[Weighed]]
) -> Effect:
    """Compare the yields of events that come in pieces, each in an order of its own.

    The statistical uncertainty counts an event that passes both times once: with weights n and m
    (0 where it does not pass), R = sum m / sum n has the variance sum (m - R n)^2 / (sum n)^2, by
    linear propagation of independent events.

    Parameters
    ----------
    nominal, shifted
        Give events that pass, piece by piece; keys tell which are the same. They are asked again
        for each range of keys of about `EVENTS_AT_ONCE` events.

    Returns
    -------
    Effect
        R - 1 and its uncertainty: 0 where all weights change by one factor.
    """
    weights = [[(len(e.key), float(e.weight.sum())) for e in some()] for some in (nominal, shifted)]
    total, changed = (sum(weight for _, weight in some) for some in weights)
    if not total > 0:
        return Effect(None, None)
    ratio, variance = changed / total, 0.0
    events = max(sum(number for number, _ in some) for some in weights)
    for keys in split_keys(ALL_KEYS, events // EVENTS_AT_ONCE + 1):
        old, new = (_gather(some(), keys) for some in (nominal, shifted))
        _, first, second = np.intersect1d(old[0], new[0], return_indices=True)
        residuals = -ratio * old[1]
        residuals[first] += new[1][second]
        appeared = np.delete(new[1], second)
        variance += (residuals**2).sum() + (appeared**2).sum()
    return Effect(float(ratio - 1), float(np.sqrt(variance) / total))


def _gather(
    pieces: Iterable[Weighed], keys: KeyRange
) -> tuple[NDArray[np.uint64], NDArray[np.float64]]:
    """Gather keys and weights of the events of a range of keys."""
    low, last = np.uint64(keys.low), np.uint64(keys.high - 1)
    found = [(e.key[mine], e.weight[mine])
             for e in pieces for mine in [(e.key >= low) & (e.key <= last)]]  # fmt: skip
    key, weight = zip((np.empty(0, np.uint64), np.empty(0)), *found, strict=True)
    return np.concatenate(key), np.concatenate(weight)


def describe_differences(
    differences: Mapping[str, NDArray[np.float64]], sources: Mapping[str, str]
) -> dict[str, Any]:
    """Describe what systematic variations do to the bins of a histogram.

    Parameters
    ----------
    differences
        Shifted minus nominal events in each bin, by shift; at least one.
    sources
        What is uncertain, by shift.

    Returns
    -------
    dict
        `shifts`: the differences. `total`: the combined absolute uncertainty of each bin.
    """
    names = sorted(differences)
    rows = np.array([differences[name] for name in names])
    return {
        "shifts": dict(zip(names, rows.tolist(), strict=True)),
        "total": combine_shifts(rows, [sources[name] for name in names]).tolist(),
    }


def align_shifts(shifts: NDArray[np.float64], sources: Sequence[str]) -> NDArray[np.float64]:
    """Find the larger of the shifts of each source in each bin, with a sign.

    Bins are correlated through the signs: those of the shift that is the largest as a whole. Shifts
    in the other direction, as down is to up, are turned before they are compared.

    Parameters
    ----------
    shifts
        Shape (shifts, bins): by how many events each moves the bins.
    sources
        Of each shift.

    Returns
    -------
    ndarray of float64, shape (sources, bins)
        By name of the source. In quadrature they are what
        `rapidmass.statistics.significance.combine_shifts` finds.
    """
    aligned = []
    for source in sorted(set(sources)):
        own = shifts[np.array(sources) == source]
        largest = own[np.argmax((own**2).sum(axis=1))]
        own = np.where(own @ largest < 0, -1.0, 1.0)[:, None] * own
        place = np.abs(own).argmax(axis=0)[None]
        aligned.append(np.take_along_axis(own, place, axis=0)[0])
    return np.array(aligned)
