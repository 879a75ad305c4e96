"""Replicas of a scan: what its cuts give on resampled events, thresholds and choices made anew.

Replicas of two scans of the same events are pairs, so that the difference of two scores, or of a
score and none, has an uncertainty without what the two share.
"""

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from rapidmass.config.search.scan import Axis, ScanSettings
from rapidmass.scores.read import ScoredEvents
from rapidmass.search.crossed_cuts import FoldedSums, find_best_significance
from rapidmass.search.cuts import Sums
from rapidmass.statistics.folds import FOLDS, draw_folds
from rapidmass.statistics.poisson_bootstrap import draw_copies
from rapidmass.statistics.running_quantiles import RunningQuantiles
from rapidmass.statistics.weighted_ecdf import Cut, WeightedEcdf

MOST_SUMS = 2**23  # of replicas that share a pass over the events
JUDGED = 0.01  # background efficiency at which signal efficiencies are compared


class _Half(NamedTuple):
    """Events of a half, in the order of their scores."""

    place: NDArray[np.int64]
    score: NDArray[np.floating[Any]]
    weight: NDArray[np.float64]
    bin: NDArray[np.int64]

    @classmethod
    def take_both(cls, events: ScoredEvents, axis: Axis) -> list["_Half"]:
        """Take both halves of events in order; the bin is that of MET, 0 below the first edge."""
        folds, halves = draw_folds(events.key), []
        for fold in FOLDS:
            place = np.flatnonzero(folds == fold)
            met = np.searchsorted(axis.edges[:-1], events.variables["met"][place], side="right")
            halves.append(cls(place, events.score[place], events.weight[place], met))
        return halves

    def sum_above(
        self, copies: NDArray[np.float64], thresholds: NDArray[np.float64], bins: int
    ) -> NDArray[np.float64]:
        """Sum the powers 1 to 4 of weights above thresholds and edges.

        Shape (4, thresholds, bins); copies are events of their own.
        """
        first = np.searchsorted(self.score, thresholds, side="right")
        level = np.zeros(len(self.score), dtype=np.int64)
        np.add.at(level, first[first < len(level)], 1)
        index = np.cumsum(level) * (bins + 1) + self.bin
        content, found = copies[self.place].copy(), []
        for _ in range(4):
            content *= self.weight
            table = np.bincount(index, content, minlength=(len(thresholds) + 1) * (bins + 1))
            table = table.reshape(len(thresholds) + 1, bins + 1)[:0:-1, :0:-1]
            found.append(table.cumsum(axis=0).cumsum(axis=1)[::-1, ::-1])
        return np.array(found)


class _Replica:
    """One replica: what passes the cuts that are found on it.

    Parameters
    ----------
    number
        Which one.
    quantiles
        Cuts on the score, ascending; the first is 0.
    bins
        Of MET.
    """

    def __init__(self, number: int, quantiles: Sequence[float], bins: int) -> None:
        self.number, self._quantiles, self._bins = number, quantiles, bins
        self._totals, self._events = np.zeros(len(FOLDS)), np.zeros(len(FOLDS), np.int64)
        self._running: list[RunningQuantiles | None] = []
        # of each half, behind its own threshold and behind that of the other one
        shape = (len(FOLDS), 2, 4, len(quantiles), bins)
        self.background, self.signal = np.zeros(shape), np.zeros(shape)

    def draw(self, events: ScoredEvents, kind: str) -> NDArray[np.float64]:
        """Draw how often events count."""
        return draw_copies(events.key, self.number, kind)

    def weigh(self, events: ScoredEvents, halves: Sequence[_Half]) -> None:
        """Add background to the total weights: all of it, before any is added to the sums."""
        copies = self.draw(events, "background")
        self._totals += [(half.weight * copies[half.place]).sum() for half in halves]
        self._events += [len(half.place) for half in halves]

    def begin(self) -> None:
        """Begin to look for thresholds."""
        shares = list(self._quantiles)
        # a replica of very few events may have none, or negative weight
        self._running = [
            RunningQuantiles(total, shares) if number and total > 0 else None
            for total, number in zip(self._totals, self._events, strict=True)
        ]
        self._judged = RunningQuantiles(self._totals.sum(), [1 - JUDGED])

    def _list_thresholds(self) -> list[NDArray[np.float64]]:
        nowhere = np.full(len(self._quantiles), np.inf)
        return [nowhere if running is None else running.found for running in self._running]

    def add(self, events: ScoredEvents, halves: Sequence[_Half]) -> None:
        """Add background to the sums, from small to large scores."""
        copies = self.draw(events, "background")
        for running, half in zip(self._running, halves, strict=True):
            if running is not None:
                running.add(half.score, half.weight * copies[half.place])
        self._judged.add(events.score, events.weight * copies)
        self.background += self._sum_above(halves, copies)

    def finish(self, signal: ScoredEvents, halves: Sequence[_Half]) -> float | None:
        """Sum the signal; return its efficiency where `JUDGED` of the background passes."""
        for running in (*self._running, self._judged):
            if running is not None:
                running.finish()
        copies = self.draw(signal, "signal")
        self.signal += self._sum_above(halves, copies)
        weight = signal.weight * copies
        total = float(self._totals.sum())
        if not min(total, weight.sum()) > 0:
            return None
        at = float(self._judged.upto[0] - self._judged.below[0])
        above = self._judged.sum - float(self._judged.upto[0])
        share = (JUDGED * self._judged.sum - above) / at if at > 0 else 0.0
        cut = Cut(float(self._judged.found[0]), min(max(share, 0.0), 1.0))
        return WeightedEcdf(signal.score, weight, "replica").compute_fraction(cut)

    def _sum_above(
        self, halves: Sequence[_Half], copies: NDArray[np.float64]
    ) -> NDArray[np.float64]:
        thresholds = self._list_thresholds()
        return np.array(
            [
                [half.sum_above(copies, thresholds[cut], self._bins) for cut in (fold, 1 - fold)]
                for fold, half in enumerate(halves)
            ]
        )


class Replicas:
    """A scan that can be repeated on resampled events.

    Parameters
    ----------
    background
        Events, in pieces in the order of their scores.
    signal
        Events, in the order of their scores.
    quantiles
        Cuts on the score, ascending; the first is 0.
    nominal
        Sums of each cut: their expectations hold in the replicas, and what systematic variations
        change of each yield.
    settings
        Cuts on MET, and what defines the significance.
    sources
        What is uncertain, of each shift in the sums.
    """

    def __init__(
        self,
        background: Sequence[ScoredEvents],
        signal: ScoredEvents,
        quantiles: Sequence[float],
        nominal: Sequence[FoldedSums],
        settings: ScanSettings,
        sources: Sequence[str],
    ) -> None:
        self._background, self._signal = background, signal
        self._quantiles, self._nominal = quantiles, nominal
        self._settings, self._sources = settings, sources

    def measure(self) -> dict[str, list[float | None]]:
        """Measure all replicas.

        Returns
        -------
        dict
            One number a replica, None where undefined: `profiled` with cuts on the score and on MET
            chosen, `alone` with those on MET alone, `efficiency` of the signal where `JUDGED` of
            the background passes.
        """
        found: dict[str, list[float | None]] = {"profiled": [], "alone": [], "efficiency": []}
        bins, halves = self._settings.met.bins, _Half.take_both(self._signal, self._settings.met)
        number = self._settings.bootstrap_replicas
        together = max(MOST_SUMS // (16 * len(self._quantiles) * bins), 1)
        for first in range(0, number, together):
            last = min(first + together, number)
            replicas = [_Replica(k, self._quantiles, bins) for k in range(first, last)]
            self._add_background(replicas)
            for replica in replicas:
                found["efficiency"].append(replica.finish(self._signal, halves))
                sums = self._collect_all(replica)
                for name, cuts in (("profiled", sums[1:]), ("alone", sums[:1])):
                    best = find_best_significance(cuts, self._settings, self._sources)
                    found[name].append(best)
        return found

    def _add_background(self, replicas: Sequence[_Replica]) -> None:
        for events in self._background:
            halves = _Half.take_both(events, self._settings.met)
            for replica in replicas:
                replica.weigh(events, halves)
        for replica in replicas:
            replica.begin()
        for events in self._background:
            halves = _Half.take_both(events, self._settings.met)
            for replica in replicas:
                replica.add(events, halves)

    def _collect_all(self, replica: _Replica) -> list[FoldedSums]:
        return [
            FoldedSums._make(
                (
                    self._collect(replica, place, 0, kind, nominal[kind][0]),
                    self._collect(replica, place, 1, kind, nominal[kind][1]),
                )
                for kind in (0, 1)
            )
            for place, nominal in enumerate(self._nominal)
        ]

    def _collect(self, replica: _Replica, place: int, fold: int, kind: int, nominal: Sums) -> Sums:
        b, s = (sums[fold, kind, :, place] for sums in (replica.background, replica.signal))
        expected = nominal.predicted, nominal.predicted_variance
        sums = Sums._make([s[0], s[1], *b, *expected, ()])
        if not nominal.shifted:
            return sums
        relative = zip(*nominal.relate_shifts(), strict=True)
        shifted = (
            sums._replace(s=sums.s * (1 + of_s), b=sums.b * (1 + of_b)) for of_s, of_b in relative
        )
        return sums._replace(shifted=tuple(shifted))
