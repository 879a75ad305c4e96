"""P-values of one experiment, by the functions that analyse real data."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from rapidmass.config.studies.blind_test import BlindTest
from rapidmass.config.studies.calibration import Calibration
from rapidmass.config.studies.data_comparison import DataComparison
from rapidmass.config.studies.two_sample import TwoSample
from rapidmass.search.excess_test import ExcessTest
from rapidmass.search.expected_background import Division
from rapidmass.search.feature_tests import FeatureTester
from rapidmass.search.fitters import make_fitter
from rapidmass.search.goodness_of_fit import Prediction
from rapidmass.search.pseudo_experiments import (
    Expected,
    compute_p_values,
    draw_data,
    draw_simulation,
)
from rapidmass.search.two_sample_test import TwoSampleTest, combine_tests, compare_samples
from rapidmass.statistics.weighted_events import find_weighted_quantiles
from rapidmass.studies.calibration.experiments import Experiment, Truth

Array = NDArray[np.float64]
FINE = 60  # bins of the variable
ENDS = (0.001, 0.999)  # shares of the background between which they lie


@dataclass(frozen=True)
class Choices:
    """How other blocks of the configuration set up tests.

    Parameters
    ----------
    calibration
        Numbers of pseudo-experiments.
    two_sample
        How the ratio of data to simulation is fitted.
    blind_test
        How an excess along a score is looked for.
    comparison
        Bins and fewest events of chi-squares.
    minimum_effective_events
        Fewest effective events in a bin of a score.
    """

    calibration: Calibration
    two_sample: TwoSample
    blind_test: BlindTest
    comparison: DataComparison
    minimum_effective_events: float


class VariableTests:
    """Chi-square and distance of one variable.

    Parameters
    ----------
    truth
        Which bins follow from.
    settings
        How they are tested.
    seed
        Of the Kolmogorov-Smirnov test.
    """

    def __init__(self, truth: Truth, settings: Choices, *, seed: int) -> None:
        self._name = settings.calibration.variable
        values = truth.background.variables[self._name].astype(np.float64)
        present = np.isfinite(values)
        weight = truth.background.weight[present]
        low, high = find_weighted_quantiles(values[present], weight, ENDS)
        self._edges = np.linspace(low, max(high, np.nextafter(low, np.inf)), FINE + 1)[1:-1]
        self._tester = FeatureTester(
            settings.comparison.bins,
            settings.comparison.minimum_events,
            seed=seed,
            uncertainties=len(truth.sources),
        )

    def list_p_values(self, experiment: Experiment) -> dict[str, float]:
        """List the p-values of an experiment, as far as there are enough events."""
        simulation = experiment.simulation
        place, present = self._find(simulation.variables[self._name])

        def fill(weight: Array) -> Array:
            return np.bincount(place, weight[present], FINE).astype(np.float64)

        names, changes = [], []
        for name, variations in experiment.sources.items():
            for change in variations:
                names.append(name)
                changes.append(fill(simulation.weight * np.expm1(change)))
        prediction = Prediction(
            fill(simulation.weight),
            fill(simulation.weight**2),
            np.reshape(changes, (len(changes), FINE)),
            tuple(names),
        )
        seen, _ = self._find(experiment.data.variables[self._name])
        observed = np.bincount(seen, minlength=FINE).astype(np.float64)
        tests = self._tester.test(observed, prediction)._asdict()
        return {name: test.p_value for name, test in tests.items() if test is not None}

    def _find(self, values: NDArray[np.floating]) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
        present = np.isfinite(values)
        return np.searchsorted(self._edges, values[present], side="right"), present


def compute_excess(
    truth: Truth, experiment: Experiment, settings: Choices, rng: np.random.Generator
) -> float | None:
    """Compute the p-value of the largest excess along the score.

    Parameters
    ----------
    truth
        Says which score.
    experiment
        Simulation and data.
    settings
        How an excess is looked for.
    rng
        What the pseudo-experiments follow from.

    Returns
    -------
    float or None
        From pseudo-experiments that are drawn from the simulation; None where it suffices for no
        two bins.
    """
    simulation, data = experiment.simulation, experiment.data
    none, weight = np.zeros(len(data.weight)), simulation.weight
    rows = np.concatenate([simulation.scores[truth.scorer], data.scores[truth.scorer]])
    test = ExcessTest(
        rows,
        np.concatenate([weight, none]),
        Division(settings.blind_test.bins, settings.minimum_effective_events),
        widest=settings.blind_test.widest,
        uncertainty=settings.blind_test.uncertainty,
    )

    def measure(seen: Array, expected: Array) -> float:
        return test.measure(seen, np.concatenate([expected, none]))

    observed = measure(np.concatenate([np.zeros(len(weight)), np.ones(len(none))]), weight)
    if not np.isfinite(observed):
        return None
    expected = Expected(weight, list(experiment.sources.values()))
    toys = [
        measure(np.concatenate([draw_data(expected, rng), none]), draw_simulation(weight, rng))
        for _ in range(settings.calibration.toys)
    ]
    return float(compute_p_values(np.array(observed), np.array(toys)))


def compare_features(experiment: Experiment, settings: Choices, *, seed: int) -> dict[str, float]:
    """Compute the p-values of all features at once.

    Parameters
    ----------
    experiment
        Simulation and data.
    settings
        How the ratio of data to simulation is fitted.
    seed
        What everything random follows from.

    Returns
    -------
    dict
        By method, and of several `together`.
    """
    simulation, data = experiment.simulation, experiment.data
    features = np.vstack([simulation.features, data.features])
    simulated = np.arange(len(features)) < len(simulation.weight)
    expected = Expected(simulation.weight, list(experiment.sources.values()))
    two_sample = settings.two_sample
    found: dict[str, TwoSampleTest] = {
        method: compare_samples(
            make_fitter(method, features, simulated, two_sample, seed=seed),
            expected,
            len(data.weight),
            toys=settings.calibration.toys,
            normalisation=two_sample.normalisation,
            rng=np.random.default_rng(seed),  # the same pseudo-experiments for each method
        )
        for method in two_sample.methods
    }
    p_values = {method: test.p_value for method, test in found.items()}
    return (
        p_values if len(found) == 1 else {**p_values, "together": combine_tests([*found.values()])}
    )
