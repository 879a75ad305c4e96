"""The tests that look for hidden signals."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from rapidmass.config.studies.blind_test import BlindTest
from rapidmass.config.studies.two_sample import TwoSample
from rapidmass.search.excess_test import CutTest, ExcessTest
from rapidmass.search.expected_background import Division
from rapidmass.search.fitters import make_fitter
from rapidmass.search.simulated_samples import MET, Sample
from rapidmass.search.two_sample_test import Fitter, fit_ratio
from rapidmass.studies.blind_test.verdicts import CUT, RATIOS, SCORES

Array = NDArray[np.float64]


class Test(Protocol):
    """What compares pseudo-data with simulation."""

    def measure(self, data: Array, simulation: Array) -> float:
        """Measure a statistic that is large where they differ; both of shape (rows,)."""


@dataclass(frozen=True)
class RatioTest:
    """A fit of the ratio of data to simulation in all features."""

    fitter: Fitter
    normalisation: bool

    def measure(self, data: Array, simulation: Array) -> float:
        """Measure the statistic; see `Test.measure`."""
        fit = fit_ratio(self.fitter, data, simulation, normalisation=self.normalisation)
        return fit.statistic


@dataclass(frozen=True)
class Choices:
    """What other blocks of the configuration say of the tests.

    Parameters
    ----------
    two_sample
        How the ratio of data to simulation is fitted.
    met_cuts
        Cuts on MET to choose from, in GeV.
    minimum_effective_events
        Fewest effective events of the background in a bin, and above a cut.
    background_uncertainty
        Relative systematic uncertainty of the background, by which the cut is chosen.
    """

    two_sample: TwoSample
    met_cuts: Sequence[float]
    minimum_effective_events: float
    background_uncertainty: float


def make_tests(
    samples: Sequence[Sample],
    simulated: NDArray[np.bool_],
    background: Array,
    settings: BlindTest,
    choices: Choices,
    *,
    seed: int,
) -> tuple[dict[str, Test], dict[str, list[str]]]:
    """Make the tests that know no signal.

    Parameters
    ----------
    samples
        Background and signals, whose events are the rows.
    simulated
        Shape (rows,): which rows are background.
    background
        Shape (rows,): expected events of the background.
    settings
        How scores are divided.
    choices
        How the ratio of data to simulation is fitted.
    seed
        What everything random follows from.

    Returns
    -------
    tests : dict
        By method, and by score.
    groups : dict
        Which of them are combined, by the name of the combination.
    """
    features = np.vstack([sample.features for sample in samples])
    two_sample = choices.two_sample
    ratios: dict[str, Test] = {
        method: RatioTest(
            make_fitter(method, features, simulated, two_sample, seed=seed),
            two_sample.normalisation,
        )
        for method in two_sample.methods
    }
    division = Division(settings.bins, choices.minimum_effective_events)
    scores: dict[str, Test] = {
        name: ExcessTest(
            np.concatenate([sample.scores[name] for sample in samples]),
            background,
            division,
            widest=settings.widest,
            uncertainty=settings.uncertainty,
        )
        for name in samples[0].scores
    }
    return {**ratios, **scores}, {RATIOS: list(ratios), SCORES: list(scores)}


def make_cuts(
    samples: Sequence[Sample],
    background: Array,
    signals: Mapping[str, Array],
    choices: Choices,
) -> dict[str, CutTest]:
    """Choose a cut on MET for each signal.

    Parameters
    ----------
    samples
        Background and signals, whose events are the rows.
    background
        Shape (rows,): expected events of the background.
    signals
        The same of each signal, by name.
    choices
        What cuts there are.

    Returns
    -------
    dict
        By `CUT` and the name of the signal.
    """
    met = np.concatenate([sample.variables[MET] for sample in samples])
    return {
        f"{CUT} {name}": CutTest(
            met,
            background,
            signal,
            np.array(choices.met_cuts, dtype=np.float64),
            minimum_effective_events=choices.minimum_effective_events,
            uncertainty=choices.background_uncertainty,
        )
        for name, signal in signals.items()
    }
