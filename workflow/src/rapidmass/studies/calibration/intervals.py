"""Intervals of one experiment, by the functions that analyse real data, and what is true."""

from collections.abc import Iterator
from typing import NamedTuple, Protocol

import numpy as np

from rapidmass.config.search.scan import ScanSettings
from rapidmass.scores.ordered import order_events
from rapidmass.scores.read import ScoredEvents
from rapidmass.search.cuts import describe_sums, sum_all
from rapidmass.search.predictions import Predictor
from rapidmass.search.separation import BACKGROUND_EFFICIENCIES, make_curve
from rapidmass.statistics.weighted_events import find_weighted_quantiles
from rapidmass.studies.calibration.experiments import Truth

ONE_SIGMA, LIMIT = 0.683, 0.95


class Interval(NamedTuple):
    """An interval that is quoted: its ends, and the share of them that hold what is true."""

    low: float
    high: float
    stated: float


class Quoting(Protocol):
    """What quotes intervals of simulated events, and knows what is true of them."""

    true: dict[str, float]

    def quote(
        self, background: ScoredEvents, signal: ScoredEvents
    ) -> Iterator[tuple[str, Interval]]:
        """Quote intervals by name."""


class YieldIntervals:
    """Yields above cuts on the score, with what their simulation tells of their uncertainty.

    Parameters
    ----------
    truth
        Which cuts and true yields follow from.
    scan
        Cuts, and the floor below which a yield is not judged.
    """

    def __init__(self, truth: Truth, scan: ScanSettings) -> None:
        events = truth.background.show(truth.scorer)
        shares = [share for share in scan.score_quantiles if share > 0]
        thresholds = find_weighted_quantiles(events.score, events.weight, shares)
        self._cuts = {
            f"background, {100 * share:.10g} % removed": float(threshold)
            for share, threshold in zip(shares, thresholds, strict=True)
        }
        self._scan = scan
        self.true = {
            name: float(events.weight[events.score > cut].sum()) for name, cut in self._cuts.items()
        }

    def quote(
        self, background: ScoredEvents, signal: ScoredEvents
    ) -> Iterator[tuple[str, Interval]]:
        """Quote the yield of simulated background above each cut, where there is enough of it."""
        predictor = Predictor([background], self._scan.met, list(self._cuts.values()))
        for place, (name, cut) in enumerate(self._cuts.items()):
            above = background.weight[background.score > cut]
            sums = sum_all(above, signal.weight, predictor.predict_total(place))
            described = describe_sums(sums, self._scan, (), quoted=np.array([True]))
            if described["effective"][0] >= self._scan.minimum_effective_events:
                value, error = described["b"][0], np.sqrt(described["b_variance"][0])
                yield name, Interval(value - error, value + error, ONE_SIGMA)


class EfficiencyIntervals:
    """Efficiencies of the signal at fixed efficiencies of the background.

    Parameters
    ----------
    truth
        Which true efficiencies follow from.
    minimum_effective_events
        Where fewer effective background events pass, none is quoted.
    """

    def __init__(self, truth: Truth, minimum_effective_events: float) -> None:
        self._minimum = minimum_effective_events
        background, signal = (s.show(truth.scorer) for s in (truth.background, truth.signal))
        self.true = {name: found for name, found, _ in _list_efficiencies(background, signal, 0.0)}

    def quote(
        self, background: ScoredEvents, signal: ScoredEvents
    ) -> Iterator[tuple[str, Interval]]:
        """Quote the efficiencies of simulated events, where there are enough of them."""
        for name, _, interval in _list_efficiencies(background, signal, self._minimum):
            yield name, interval


def _list_efficiencies(
    background: ScoredEvents, signal: ScoredEvents, minimum: float
) -> Iterator[tuple[str, float, Interval]]:
    curve = make_curve(order_events(background), order_events(signal))
    if curve is None:
        return
    for share in BACKGROUND_EFFICIENCIES:
        found = curve.compute_efficiency(share, minimum)
        if found.efficiency is not None and found.low is not None and found.high is not None:
            name = f"signal efficiency at {100 * share:.10g} % background"
            yield name, found.efficiency, Interval(found.low, found.high, ONE_SIGMA)
