"""An excess of events anywhere along a score, and above a cut: statistics of pseudo-experiments.

The score is cut into bins by quantiles of the simulated background, so that no event that is looked
at has a say in where they lie. The statistic is the largest local significance of all ranges of
neighbouring bins. How often background alone reaches it (the look-elsewhere effect) is for
pseudo-experiments to say, see `rapidmass.search.pseudo_experiments`.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.optimize import brentq

from rapidmass.search.expected_background import Division
from rapidmass.statistics.significance import compute_profiled_significance
from rapidmass.statistics.weighted_events import count_effective

Array = NDArray[np.float64]


def compute_local_significance(
    observed: ArrayLike, expected: ArrayLike, variance: ArrayLike
) -> NDArray[np.float64]:
    """Compute the significance of observed events over an uncertain background.

    Equation 17 of G. Cowan, Discovery sensitivity for a counting experiment with background
    uncertainty (2012), a profile likelihood ratio; with the sign of the difference, so that a lack
    of events is negative. `rapidmass.statistics.significance.compute_profiled_significance` is what
    it is expected to be for a signal.

    Parameters
    ----------
    observed
        Numbers of events.
    expected, variance
        Expected background and its variance, both positive. All are broadcast.

    Returns
    -------
    ndarray of float64
        In standard deviations.
    """
    n, b, v = (np.asarray(values, dtype=np.float64) for values in (observed, expected, variance))
    ratio = np.where(n > 0, n, 1.0) * (b + v) / (b**2 + n * v)
    half = n * np.log(ratio) - b**2 / v * np.log1p(v * (n - b) / (b * (b + v)))
    value: NDArray[np.float64] = np.sign(n - b) * np.sqrt(2 * np.maximum(half, 0.0))
    return value


def list_ranges(bins: int, widest: int) -> NDArray[np.int64]:
    """List all ranges of neighbouring bins.

    Parameters
    ----------
    bins
        Number of bins.
    widest
        Most bins of a range; never all.

    Returns
    -------
    ndarray of int64, shape (ranges, 2)
        First bin, and the one behind the last.
    """
    most = min(widest, bins - 1)
    pairs = [(start, start + k) for k in range(1, most + 1) for start in range(bins - k + 1)]
    return np.array(pairs, dtype=np.int64).reshape(-1, 2)


class ExcessTest:
    """The largest excess along a score.

    Only the shape counts: the background is scaled to the number of events.

    Parameters
    ----------
    scores
        Shape (rows,): of all events that may take part.
    background
        Shape (rows,): expected events of the background, which the bins follow from.
    division
        How the score is divided.
    widest
        Most neighbouring bins that an excess is looked for in.
    uncertainty
        Relative systematic uncertainty of a bin, independent from bin to bin.
    """

    def __init__(
        self,
        scores: NDArray[np.floating],
        background: Array,
        division: Division,
        *,
        widest: int,
        uncertainty: float,
    ) -> None:
        some = background > 0
        self._bins = division.divide(scores[some], background[some])
        self._place = self._bins.find(scores)
        self._background = background
        self._ranges = list_ranges(self._bins.number, widest)
        self._uncertainty = uncertainty

    def measure(self, data: Array, simulation: Array) -> float:
        """Measure the largest local significance.

        Parameters
        ----------
        data, simulation
            Shape (rows,): how often each row is among data, and its weight as simulation: that of
            the background times how often it was drawn.

        Returns
        -------
        float
            In standard deviations; minus infinity where there are no two bins, or no events.
        """
        counts = np.bincount(self._place, data, minlength=self._bins.number).astype(np.float64)
        # of events that were drawn several times, each copy counts
        squares = self._background * simulation
        expected, variance = self._bins.fill(self._place, simulation, squares)
        if not len(self._ranges) or not counts.sum() > 0:
            return -np.inf
        scale = counts.sum() / expected.sum()
        variance += (self._uncertainty * expected) ** 2
        n, b, v = (_sum_ranges(values, self._ranges) for values in (counts, expected, variance))
        return float(compute_local_significance(n, scale * b, scale**2 * v).max())


class Cut(NamedTuple):
    """A cut on a variable.

    Parameters
    ----------
    threshold
        Events above it are counted.
    signal, background
        Expected events there.
    significance
        Expected of the signal, in standard deviations.
    """

    threshold: float
    signal: float
    background: float
    significance: float


class CutTest:
    """Events above a cut that was chosen for a signal before there are data.

    Parameters
    ----------
    values
        Shape (rows,): the variable that is cut on.
    background, signal
        Shape (rows,): expected events of both.
    thresholds
        Cuts to choose from, by the expected significance of the signal.
    minimum_effective_events
        Fewest effective events of the background above the cut.
    uncertainty
        Relative systematic uncertainty of the background.

    Attributes
    ----------
    cut
        The chosen one.

    Raises
    ------
    ValueError
        If no cut leaves enough simulated background.
    """

    def __init__(
        self,
        values: NDArray[np.floating],
        background: Array,
        signal: Array,
        thresholds: Array,
        *,
        minimum_effective_events: float,
        uncertainty: float,
    ) -> None:
        above = values[:, None] >= thresholds
        s, b, b2 = signal @ above, background @ above, background**2 @ above
        found = compute_profiled_significance(
            s, b, 0.0, b2, background_uncertainty=uncertainty
        ).value
        enough = count_effective(b, b2) >= minimum_effective_events
        if not np.any(enough & np.isfinite(found)):
            raise ValueError(
                f"no cut from {thresholds[0]:g} to {thresholds[-1]:g} leaves "
                f"{minimum_effective_events:g} effective events of the background: simulate more, "
                "or lower scan.minimum_effective_events"
            )
        best = int(np.argmax(np.where(enough & np.isfinite(found), found, -np.inf)))
        self.cut = Cut(float(thresholds[best]), float(s[best]), float(b[best]), float(found[best]))
        self._above = above[:, best].astype(np.float64)
        self._variance = float(b2[best])
        self._uncertainty = uncertainty

    def measure(self, data: Array, simulation: Array) -> float:
        """Measure by how many standard deviations the events exceed the background.

        Parameters
        ----------
        data, simulation
            As for `ExcessTest.measure`.

        Returns
        -------
        float
            Difference of both over the deviation that is expected without signal.
        """
        b = self.cut.background
        deviation = np.sqrt(b + self._variance + (self._uncertainty * b) ** 2)
        return float((data - simulation) @ self._above / deviation)

    def expect(self, strength: float) -> float:
        """Compute the expected significance of the signal at another strength."""
        found = compute_profiled_significance(
            strength * self.cut.signal,
            self.cut.background,
            0.0,
            self._variance,
            background_uncertainty=self._uncertainty,
        )
        return float(found.value)

    def find_strength(self, significance: float) -> float | None:
        """Find the strength at which the signal is expected to have some significance.

        Parameters
        ----------
        significance
            In standard deviations, positive.

        Returns
        -------
        float or None
            In units of the signal as it was given; None if nothing of it is above the cut.
        """
        if not self.cut.signal > 0:
            return None
        # in proportion to the background: that is where the significance changes
        low, high = (power - np.log(self.cut.signal / self.cut.background) for power in (-30, 60))
        return float(np.exp(brentq(lambda x: self.expect(np.exp(x)) - significance, low, high)))


def _sum_ranges(values: Array, ranges: NDArray[np.int64]) -> Array:
    cumulative = np.pad(np.cumsum(values), (1, 0))
    sums: Array = cumulative[ranges[:, 1]] - cumulative[ranges[:, 0]]
    return sums
