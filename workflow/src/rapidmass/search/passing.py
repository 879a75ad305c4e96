"""What passes a cut on the score: yields, sums by halves, and spectra, added up piece by piece."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from rapidmass.config.search.scan import Axis, ScanSettings
from rapidmass.search.crossed_cuts import FoldedSums
from rapidmass.search.cuts import Sums, sum_all
from rapidmass.search.folds import HalvedEvents, sum_halves
from rapidmass.search.histograms import fill_histogram
from rapidmass.statistics.weighted_events import count_effective

SIGNAL = "signal"
Spectra = Mapping[str, Mapping[str, NDArray[np.float64]]]


class Yield(NamedTuple):
    """Number of events, sums of weights and squared weights, and the largest weight by size."""

    events: int
    expected: float
    variance: float
    largest: float

    @classmethod
    def measure(cls, weight: NDArray[np.float64]) -> "Yield":
        """Measure events of some weights."""
        squares = float((weight**2).sum())
        return cls(
            len(weight), float(weight.sum()), squares, float(np.abs(weight).max(initial=0.0))
        )

    def add(self, other: "Yield") -> "Yield":
        """Add other events."""
        events, expected, variance = (a + b for a, b in zip(self[:3], other[:3], strict=True))
        return Yield(int(events), expected, variance, max(self.largest, other.largest))

    def describe(self) -> dict[str, float]:
        """Describe all of it, with the number of effective events."""
        effective = float(count_effective(self.expected, self.variance))
        return {
            "events": self.events,
            "expected": self.expected,
            "variance": self.variance,
            "effective": effective,
            "largest": self.largest,
        }


class Passed(NamedTuple):
    """What passes a cut on the score.

    Parameters
    ----------
    background, signal
        Their yields.
    channels
        Those of the channels of the background.
    total
        Sums of powers of weights, shape (1,).
    folded
        The same by halves, above each cut on MET.
    spectra
        By variable, of each channel and of the signal: values and variances, shape (2, bins).
    """

    background: Yield
    signal: Yield
    channels: Mapping[str, Yield]
    total: Sums
    folded: FoldedSums
    spectra: Spectra

    @classmethod
    def measure(
        cls,
        background: HalvedEvents,
        signal: HalvedEvents,
        thresholds: NDArray[np.float64],
        settings: ScanSettings,
        spectra: Sequence[str],
    ) -> "Passed":
        """Measure what passes of some events.

        Parameters
        ----------
        background, signal
            Events.
        thresholds
            Shape (2,): of the cut on the score, chosen on the first and on the second half.
        settings
            Axes.
        spectra
            Variables whose distributions are kept.

        Returns
        -------
        Passed
            Of these events.
        """
        passed, found = background.cross(thresholds), signal.cross(thresholds)
        chosen = background.events.weight[passed], signal.events.weight[found]
        masks = {name: passed & member for name, member in background.members.items()}
        groups = [(name, background.events, mask) for name, mask in masks.items()]
        groups.append((SIGNAL, signal.events, found))
        return cls(
            Yield.measure(chosen[0]),
            Yield.measure(chosen[1]),
            {name: Yield.measure(background.events.weight[mask]) for name, mask in masks.items()},
            sum_all(*chosen),
            sum_halves(background, signal, thresholds, settings.met),
            {
                variable: {
                    name: _fill(settings.get_axis(variable), events.variables[variable][mask],
                                events.weight[mask])
                    for name, events, mask in groups
                }
                for variable in spectra
            },
        )  # fmt: skip

    def add(self, other: "Passed") -> "Passed":
        """Add what passes of other events."""
        return Passed(
            self.background.add(other.background),
            self.signal.add(other.signal),
            {name: some.add(other.channels[name]) for name, some in self.channels.items()},
            self.total.add(other.total),
            self.folded.add(other.folded),
            {
                variable: {
                    name: bins + other.spectra[variable][name] for name, bins in mine.items()
                }
                for variable, mine in self.spectra.items()
            },
        )

    def describe_spectrum(self, variable: str, axis: Axis) -> dict[str, Any]:
        """Describe the distribution of a variable; what lies outside is in the outer bins.

        Parameters
        ----------
        variable
            Its name.
        axis
            Its bins.

        Returns
        -------
        dict
            `edges`, and `values` and `variances` of each of `channels` and of `signal`.
        """
        listed = {
            name: dict(zip(("values", "variances"), bins.tolist(), strict=True))
            for name, bins in self.spectra[variable].items()
        }
        signal = listed.pop(SIGNAL)
        return {"edges": axis.edges.tolist(), "channels": listed, "signal": signal}


def _fill(
    axis: Axis, values: NDArray[np.floating[Any]], weight: NDArray[np.float64]
) -> NDArray[np.float64]:
    filled = fill_histogram(axis, values, weight)
    return np.array([filled["values"], filled["variances"]])
