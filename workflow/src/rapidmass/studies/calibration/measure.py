"""P-values and coverage of many experiments, and whether these are what they should be."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
from scipy.stats import kstest

from rapidmass.config.search.scan import ScanSettings
from rapidmass.search.simulated_samples import Sample
from rapidmass.studies.calibration.experiments import Experiment, Truth, draw_experiment
from rapidmass.studies.calibration.fits import FitSettings, FitTests
from rapidmass.studies.calibration.intervals import (
    LIMIT,
    EfficiencyIntervals,
    Interval,
    Quoting,
    YieldIntervals,
)
from rapidmass.studies.calibration.tests import (
    Choices,
    VariableTests,
    compare_features,
    compute_excess,
)

UNLIKELY = 0.01  # p-values of uniformity, and of coverage, below which a verdict is not "as stated"
SMALL = 0.05
DISCOVERY = "discovery"
UPPER_LIMIT = "limit on the strength"
HALF = 0.5  # of discoveries without signal find less than none


class Quoted(NamedTuple):
    """What one experiment quotes: p-values, and intervals with what is true, by name."""

    p_values: dict[str, float]
    intervals: dict[str, tuple[Interval, float]]


def calibrate(
    truth: Truth,
    settings: Choices,
    fits: FitSettings,
    scan: ScanSettings,
    *,
    seed: int,
) -> dict[str, Any]:
    """Draw experiments, and compare what they quote with what is true.

    Parameters
    ----------
    truth
        What they are drawn from.
    settings
        How tests are made.
    fits
        How the signal is fitted.
    scan
        Cuts on the score, and the fewest effective events of what is quoted.
    seed
        What everything random follows from.

    Returns
    -------
    dict
        In JSON types: `experiments`, `toys`, `expected` events and `sources`; `tests` by name, as
        `judge_p_values` has them; `intervals` by name, as `judge_intervals` has them; `strength`
        of the signal whose limit is judged, and `reason` why there is none.
    """
    calibration = settings.calibration
    tools = _Tools(
        VariableTests(truth, settings, seed=seed),
        (YieldIntervals(truth, scan), EfficiencyIntervals(truth, scan.minimum_effective_events)),
        FitTests(truth, fits, seed=seed),
    )
    found = [
        _run_experiment(truth, settings, tools, np.random.default_rng([seed, k]), number=k)
        for k in range(calibration.experiments)
    ]
    counted = (*settings.two_sample.methods, "together", "excess")
    steps = dict.fromkeys(counted, calibration.toys + 1)
    return {
        "experiments": calibration.experiments,
        "toys": calibration.toys,
        "expected": float(truth.background.weight.sum()),
        "simulated": len(truth.background.weight),
        "sources": list(truth.sources),
        "strength": tools.fitted.strength,
        "reason": tools.fitted.reason,
        "tests": {
            name: judge_p_values(values, steps.get(name), half=name == DISCOVERY, seed=seed)
            for name, values in _collect([quoted.p_values for quoted in found]).items()
        },
        "intervals": {
            name: judge_intervals([one for one, _ in values], [true for _, true in values])
            for name, values in _collect([quoted.intervals for quoted in found]).items()
        },
    }


class _Tools(NamedTuple):
    """What is made once for all experiments."""

    variables: VariableTests
    quoting: Sequence[Quoting]
    fitted: FitTests


def _run_experiment(
    truth: Truth, settings: Choices, tools: _Tools, rng: np.random.Generator, *, number: int
) -> Quoted:
    """Run all tests on one experiment; without data or simulation there is nothing to test."""
    experiment, quoted = draw_experiment(truth, rng), Quoted({}, {})
    if not len(experiment.simulation.weight):
        return quoted
    if len(experiment.data.weight):
        quoted.p_values.update(tools.variables.list_p_values(experiment))
        excess = compute_excess(truth, experiment, settings, rng)
        quoted.p_values.update({} if excess is None else {"excess": excess})
        own = int(rng.integers(2**31))
        quoted.p_values.update(compare_features(experiment, settings, seed=own))
        quoted.intervals.update(_list_intervals(truth, experiment, tools.quoting, rng))
    if number < settings.calibration.fit_experiments and tools.fitted.strength is not None:
        _add_fits(quoted, tools.fitted, experiment, rng)
    return quoted


def _list_intervals(
    truth: Truth,
    experiment: Experiment,
    quoting: Sequence[Quoting],
    rng: np.random.Generator,
) -> Iterator[tuple[str, tuple[Interval, float]]]:
    signal = _draw_again(truth.signal, rng).show(truth.scorer)
    background = experiment.simulation.show(truth.scorer)
    for one in quoting:
        for name, interval in one.quote(background, signal):
            if name in one.true:
                yield name, (interval, one.true[name])


def _draw_again(sample: Sample, rng: np.random.Generator) -> Sample:
    number = rng.poisson(1.0, len(sample.weight))
    return sample.take(np.repeat(np.arange(len(number)), number))


def _add_fits(
    quoted: Quoted, fitted: FitTests, experiment: Experiment, rng: np.random.Generator
) -> None:
    p_value = fitted.compute_p_value(experiment, rng)
    limit = fitted.compute_limit(experiment, rng)
    if p_value is not None:
        quoted.p_values[DISCOVERY] = p_value
    if limit is not None and fitted.strength is not None:
        quoted.intervals[UPPER_LIMIT] = Interval(0.0, limit, LIMIT), fitted.strength


def _collect(found: Sequence[Mapping[str, Any]]) -> dict[str, list[Any]]:
    """Collect what experiments quote, by name."""
    names = dict.fromkeys(name for quoted in found for name in quoted)
    return {name: [quoted[name] for quoted in found if name in quoted] for name in names}


def judge_p_values(
    p_values: Sequence[float], steps: int | None = None, *, half: bool = False, seed: int = 0
) -> dict[str, Any]:
    """Judge whether p-values without a difference are uniform.

    Parameters
    ----------
    p_values
        Of experiments.
    steps
        If they are multiples of one over this number: they are spread between these.
    half
        Whether those of 0.5 stand for all above, which are spread too.
    seed
        What the spreading follows from.

    Returns
    -------
    dict
        In JSON types: `p_values` as they are judged, their `mean`, `small` (the share up to 0.05),
        `uniform` (the p-value of a Kolmogorov-Smirnov test) and `verdict`: uniform, conservative
        (too large), or too small.
    """
    found = np.array(p_values, dtype=np.float64)
    spread = np.random.default_rng(seed).uniform(size=len(found))
    if steps is not None:
        found -= spread / steps
    if half:
        found = np.where(found >= HALF, HALF + HALF * spread, found)
    uniform = float(kstest(found, "uniform").pvalue)
    verdict = "uniform"
    if uniform < UNLIKELY:
        verdict = "conservative" if found.mean() > HALF else "too small"
    return {
        "p_values": found.tolist(),
        "mean": float(found.mean()),
        "small": float(np.mean(found <= SMALL)),
        "uniform": uniform,
        "verdict": verdict,
    }


def judge_intervals(intervals: Sequence[Interval], true: Sequence[float]) -> dict[str, Any]:
    """Judge whether intervals hold what is true as often as they say.

    Parameters
    ----------
    intervals
        Of experiments; at least one.
    true
        Of each.

    Returns
    -------
    dict
        In JSON types: `stated` and `covered` shares, `number` of intervals, and `verdict`: as
        stated, conservative (too wide), or too small.
    """
    stated = intervals[0].stated
    covered = np.mean(
        [one.low <= value <= one.high for one, value in zip(intervals, true, strict=True)]
    )
    spread = np.sqrt(stated * (1 - stated) / len(intervals))
    verdict = "as stated"
    if abs(covered - stated) > 2.576 * spread:
        verdict = "conservative" if covered > stated else "too small"
    return {
        "stated": stated,
        "covered": float(covered),
        "number": len(intervals),
        "verdict": verdict,
    }
