"""How well a score tells signal from background, with uncertainties that hold for weighted events.

An event passes a cut if its score is larger. Events with equal scores are taken as if their order
were drawn at random, so that a score of few values (a number of objects) is treated as one of many.
Weights may be negative as long as their sum is positive.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from rapidmass.statistics.ranked import Values, Weighted
from rapidmass.statistics.weighted_ecdf import WeightedEcdf

EFFICIENCIES = (1e-2, 1e-3, 1e-4)
CURVE = tuple(float(10**power) for power in np.linspace(-4, 0, 25))


class Measurement(NamedTuple):
    """A number and its statistical uncertainty."""

    value: float
    uncertainty: float


class Efficiency(NamedTuple):
    """Efficiency for signal at an efficiency for background, with the ends of its 68.3 % interval.

    All but the first are None where too few effective background events are expected to pass.
    """

    background_efficiency: float
    threshold: float | None
    efficiency: float | None
    low: float | None
    high: float | None


class Improvement(NamedTuple):
    """Factor by which a cut changes s / sqrt(b), with the ends of its 68.3 % interval.

    All but the first are None where too few effective background events are expected to pass.
    """

    background_efficiency: float
    improvement: float | None
    low: float | None
    high: float | None


def compute_auc(
    background_score: Values,
    background_weight: NDArray[np.float64],
    signal_score: Values,
    signal_weight: NDArray[np.float64],
) -> Measurement:
    """Compute the area under the curve of signal against background efficiency.

    Parameters
    ----------
    background_score, background_weight
        Shape (events,).
    signal_score, signal_weight
        Shape (events,).

    Returns
    -------
    Measurement
        See `RocCurve.compute_auc`.

    Raises
    ------
    ValueError
        If there are no events, a score is not finite, or a sum of weights is not positive.
    """
    return RocCurve(background_score, background_weight, signal_score, signal_weight).compute_auc()


class RocCurve:
    """Signal efficiency against background efficiency, sorted once for all that is asked of it.

    Parameters
    ----------
    background_score, background_weight
        Shape (events,).
    signal_score, signal_weight
        Shape (events,).

    Raises
    ------
    ValueError
        If there are no events, a score is not finite, or a sum of weights is not positive.
    """

    def __init__(
        self,
        background_score: Values,
        background_weight: NDArray[np.float64],
        signal_score: Values,
        signal_weight: NDArray[np.float64],
    ) -> None:
        self._background = WeightedEcdf(background_score, background_weight, "background")
        self._signal = WeightedEcdf(signal_score, signal_weight, "signal")

    @classmethod
    def of_pieces(cls, background: Sequence[Weighted], signal: Sequence[Weighted]) -> "RocCurve":
        """Take events that come in pieces.

        Parameters
        ----------
        background, signal
            As `rapidmass.statistics.weighted_ecdf.WeightedEcdf.of_pieces` takes them.
        """
        curve = cls.__new__(cls)
        curve._background = WeightedEcdf.of_pieces(background, "background")
        curve._signal = WeightedEcdf.of_pieces(signal, "signal")
        return curve

    def compute_auc(self) -> Measurement:
        """Compute the area under the curve.

        The probability that a signal event has a larger score than a background event, ties
        counting half. Its variance is that of the weighted means of the placement values (E. R.
        DeLong, D. M. DeLong, D. L. Clarke-Pearson, Biometrics 44 (1988) 837), each event with its
        squared weight.

        Returns
        -------
        Measurement
            0.5 for a score that separates nothing. Negative weights can bring it out of 0 to 1.
        """
        b, s = self._background, self._signal
        auc = s.average(b.place)
        variance = s.compute_variance(b.place) + b.compute_variance(lambda x: 1.0 - s.place(x))
        return Measurement(auc, float(np.sqrt(variance)))

    def compute_efficiency(
        self, background_efficiency: float, minimum_effective_events: float
    ) -> Efficiency:
        """Compute the signal efficiency at a background efficiency.

        Two uncertainties are added in quadrature on each side: that of the fraction of a finite
        signal (E. B. Wilson, JASA 22 (1927) 209, with the effective number of events that has the
        variance of the weighted fraction), and that of the threshold, which comes from a finite
        background (R. S. Woodruff, JASA 47 (1952) 635: the efficiencies at the ends of the
        background's own interval).

        Parameters
        ----------
        background_efficiency
            Above 0, at most 1.
        minimum_effective_events
            Where fewer effective background events are expected to pass, nothing is quoted.

        Returns
        -------
        Efficiency
            With a 68.3 % interval.
        """
        cut = self._background.cut(background_efficiency)
        if self._background.expect_effective(cut) < minimum_effective_events:
            return Efficiency(background_efficiency, None, None, None, None)
        value = self._signal.compute_fraction(cut)
        low, high = self._signal.find_interval(cut)
        tight, loose = (
            self._signal.compute_fraction(self._background.cut(end))
            for end in self._background.find_interval(cut)
        )
        return Efficiency(
            background_efficiency,
            cut.threshold,
            value,
            max(value - float(np.hypot(value - low, value - tight)), min(value, 0.0)),
            min(value + float(np.hypot(high - value, loose - value)), max(value, 1.0)),
        )

    def compute_improvement(
        self, background_efficiency: float, minimum_effective_events: float
    ) -> Improvement:
        """Compute the significance improvement at a background efficiency.

        Signal efficiency over the square root of background efficiency (J. Gallicchio et al.,
        JHEP 04 (2011) 069): the factor that a cut brings to s / sqrt(b).

        Parameters
        ----------
        background_efficiency
            Above 0, at most 1.
        minimum_effective_events
            Where fewer effective background events are expected to pass, nothing is quoted.

        Returns
        -------
        Improvement
            With a 68.3 % interval.
        """
        found = self.compute_efficiency(background_efficiency, minimum_effective_events)
        scaled = (
            None if value is None else float(value / np.sqrt(background_efficiency))
            for value in (found.efficiency, found.low, found.high)
        )
        return Improvement(background_efficiency, *scaled)
