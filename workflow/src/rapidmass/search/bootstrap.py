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
from rapidmass.search.folds import HalvedEvents
from rapidmass.statistics.folds import FOLDS
from rapidmass.statistics.poisson_bootstrap import draw_copies
from rapidmass.statistics.weighted_ecdf import WeightedEcdf
from rapidmass.statistics.weighted_events import find_weighted_quantiles

JUDGED = 0.01  # background efficiency at which signal efficiencies are compared


class _Sorted(NamedTuple):
    """Events in the order of their scores."""

    place: NDArray[np.int64]
    score: NDArray[np.floating[Any]]
    weight: NDArray[np.float64]
    bin: NDArray[np.int64]

    @classmethod
    def make(cls, events: ScoredEvents, chosen: NDArray[np.bool_], axis: Axis) -> "_Sorted":
        """Sort the chosen ones; the bin is that of MET, 0 below the first edge."""
        place = np.flatnonzero(chosen)
        place = place[np.argsort(events.score[place], kind="stable")]
        met = np.searchsorted(axis.edges[:-1], events.variables["met"][place], side="right")
        return cls(place, events.score[place], events.weight[place], met)

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


class Replicas:
    """A scan that can be repeated on resampled events.

    Parameters
    ----------
    background, signal
        Events.
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
        background: HalvedEvents,
        signal: HalvedEvents,
        quantiles: Sequence[float],
        nominal: Sequence[FoldedSums],
        settings: ScanSettings,
        sources: Sequence[str],
    ) -> None:
        self._pair = background.events, signal.events
        self._halves = [
            [_Sorted.make(some.events, some.folds == fold, settings.met) for fold in FOLDS]
            for some in (background, signal)
        ]
        self._whole = [
            _Sorted.make(events, np.ones(len(events.score), np.bool_), settings.met)
            for events in self._pair
        ]
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
        for replica in range(self._settings.bootstrap_replicas):
            copies = [
                draw_copies(events.key, replica, kind)
                for events, kind in zip(self._pair, ("background", "signal"), strict=True)
            ]
            sums = self._resample(copies[0], copies[1])
            for name, cuts in (("profiled", sums[1:]), ("alone", sums[:1])):
                best = find_best_significance(cuts, self._settings, self._sources)
                found[name].append(best)
            found["efficiency"].append(self._measure_efficiency(copies[0], copies[1]))
        return found

    def _measure_efficiency(
        self, background: NDArray[np.float64], signal: NDArray[np.float64]
    ) -> float | None:
        weights = [
            some.weight * copies[some.place]
            for some, copies in zip(self._whole, (background, signal), strict=True)
        ]
        if not min(weight.sum() for weight in weights) > 0:
            return None
        ecdf, other = (
            WeightedEcdf(some.score, weight, "replica")
            for some, weight in zip(self._whole, weights, strict=True)
        )
        return other.compute_fraction(ecdf.cut(JUDGED))

    def _resample(
        self, background: NDArray[np.float64], signal: NDArray[np.float64]
    ) -> list[FoldedSums]:
        """Sum behind cuts on the score that are found anew."""
        thresholds = []
        for half in self._halves[0]:
            weight = half.weight * background[half.place]
            try:
                found = find_weighted_quantiles(half.score, weight, self._quantiles)
            except ValueError:  # a replica of very few events may have none, or negative weight
                found = np.full(len(self._quantiles), np.inf)
            thresholds.append(found)
        bins = self._settings.met.bins
        parts = [
            [
                [half.sum_above(copies, thresholds[cut], bins) for cut in (fold, 1 - fold)]
                for fold, half in enumerate(halves)
            ]
            for halves, copies in zip(self._halves, (background, signal), strict=True)
        ]
        return [
            FoldedSums._make(
                (
                    self._collect(parts, place, 0, kind, nominal[kind][0]),
                    self._collect(parts, place, 1, kind, nominal[kind][1]),
                )
                for kind in (0, 1)
            )
            for place, nominal in enumerate(self._nominal)
        ]

    def _collect(
        self,
        parts: Sequence[Sequence[Sequence[NDArray[np.float64]]]],
        place: int,
        fold: int,
        kind: int,
        nominal: Sums,
    ) -> Sums:
        b, s = (parts[part][fold][kind][:, place] for part in (0, 1))
        expected = nominal.predicted, nominal.predicted_variance
        sums = Sums._make([s[0], s[1], *b, *expected, ()])
        if not nominal.shifted:
            return sums
        relative = zip(*nominal.relate_shifts(), strict=True)
        shifted = (
            sums._replace(s=sums.s * (1 + of_s), b=sums.b * (1 + of_b)) for of_s, of_b in relative
        )
        return sums._replace(shifted=tuple(shifted))
