"""How often tests that know no signal find one that is hidden in simulated background."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rapidmass.config.studies.blind_test import BlindTest
from rapidmass.search.excess_test import CutTest
from rapidmass.search.pseudo_experiments import (
    Expected,
    combine_p_values,
    compute_p_values,
    draw_means,
    draw_simulation,
)
from rapidmass.search.simulated_samples import Simulation
from rapidmass.statistics.weighted_events import count_effective
from rapidmass.studies.blind_test.tests import Choices, Test, make_cuts, make_tests
from rapidmass.studies.blind_test.verdicts import CUT, PLAIN

Array = NDArray[np.float64]
LEVEL = 0.05  # a signal is found where the p-value is not larger


@dataclass(frozen=True)
class Hidden:
    """What is drawn from: background, and signals among it.

    Parameters
    ----------
    background
        Expected events and what is uncertain, of shape (rows,) with 0 for signals.
    signals
        By name, expected events at the cross section of the theory, of shape (rows,).
    """

    background: Expected
    signals: Mapping[str, Array]


def study_power(
    simulation: Simulation,
    settings: BlindTest,
    choices: Choices,
    *,
    seed: int,
) -> dict[str, Any]:
    """Measure how often signals of rising strength are found.

    Parameters
    ----------
    simulation
        Background and signals.
    settings
        Strengths and numbers of pseudo-experiments.
    choices
        How tests are made.
    seed
        What everything random follows from.

    Returns
    -------
    dict
        In JSON types: `level`, `toys`, `experiments`, `expected` and `effective` background
        events, `simulated` rows, `sources`; `groups`, the tests of a kind with the name of what
        they are combined to; `signals`: by name `expected` events, `cut`,
        `excluded` (the strength that a count above it would have excluded), and `points`: one for
        each strength (0 first) with `strength`, `events`, `counting` (expected significance of the
        count above the cut) and `power` by test.
    """
    background, signals = simulation.background, simulation.signals
    samples = [background, *signals.values()]
    hidden = _hide(simulation)
    simulated = np.arange(len(hidden.background.weight)) < len(background.weight)
    tests, groups = make_tests(
        samples, simulated, hidden.background.weight, settings, choices, seed=seed
    )
    cuts = make_cuts(samples, hidden.background.weight, hidden.signals, choices)
    null, control, found = _draw(hidden, {**tests, **cuts}, list(tests), settings, seed)
    return {
        "level": LEVEL,
        "toys": settings.toys,
        "experiments": settings.experiments,
        "expected": float(background.weight.sum()),
        "effective": float(count_effective(background.weight.sum(), (background.weight**2).sum())),
        "simulated": len(background.weight),
        "sources": list(simulation.sources),
        "groups": groups,
        "signals": {
            name: _describe_signal(
                signals[name].weight.sum(),
                cuts[f"{CUT} {name}"],
                {
                    strength: _judge(statistics, null, [*tests, f"{CUT} {name}"], groups)
                    for strength, statistics in ((0.0, control), *found[name].items())
                },
            )
            for name in signals
        },
    }


def _hide(simulation: Simulation) -> Hidden:
    """Put the events of background and signals one after the other."""
    samples = [simulation.background, *simulation.signals.values()]
    ends = np.cumsum([len(sample.weight) for sample in samples])
    weight = np.concatenate([sample.weight for sample in samples])
    rows = np.arange(len(weight))
    inside = zip(simulation.signals, pairwise(ends), strict=True)
    return Hidden(
        Expected(np.where(rows < ends[0], weight, 0.0), list(simulation.sources.values())),
        {
            name: np.where((rows >= start) & (rows < end), weight, 0.0)
            for name, (start, end) in inside
        },
    )


Statistics = dict[str, Array]


def _draw(
    hidden: Hidden,
    tests: Mapping[str, Test],
    shared: Sequence[str],
    settings: BlindTest,
    seed: int,
) -> tuple[Statistics, Statistics, dict[str, dict[float, Statistics]]]:
    """Draw pseudo-experiments without signal, mixtures without, and mixtures with signals.

    Mixtures of all strengths share their background, number by number: what differs between them
    is the signal.
    """
    null = {name: np.empty(settings.toys) for name in tests}
    for k in range(settings.toys):
        data, simulation, _, _ = _draw_background(hidden, [seed, 0, k])
        for name, test in tests.items():
            null[name][k] = test.measure(data, simulation)
    control = {name: np.empty(settings.experiments) for name in tests}
    found: dict[str, dict[float, Statistics]] = {
        signal: {
            strength: {
                name: np.empty(settings.experiments) for name in (*shared, f"{CUT} {signal}")
            }
            for strength in settings.strengths
        }
        for signal in hidden.signals
    }
    for k in range(settings.experiments):
        data, simulation, change, rng = _draw_background(hidden, [seed, 1, k])
        for name, test in tests.items():
            control[name][k] = test.measure(data, simulation)
        for signal, points in found.items():
            for strength, statistics in points.items():
                more = rng.poisson(strength * change * hidden.signals[signal])
                for name, values in statistics.items():
                    values[k] = tests[name].measure(data + more, simulation)
    return null, control, found


def _draw_background(
    hidden: Hidden, seed: Sequence[int]
) -> tuple[Array, Array, Array, np.random.Generator]:
    rng = np.random.default_rng(seed)
    everywhere = Expected(np.ones(len(hidden.background.weight)), hidden.background.sources)
    change = draw_means(everywhere, rng)
    data = rng.poisson(change * hidden.background.weight).astype(np.float64)
    return data, draw_simulation(hidden.background.weight, rng), change, rng


def _judge(
    statistics: Statistics, null: Statistics, own: Sequence[str], groups: Mapping[str, list[str]]
) -> dict[str, float]:
    """Find the share of mixtures in which each test of a signal finds something."""
    p_values = {name: compute_p_values(statistics[name], null[name]) for name in own}
    for group, names in groups.items():
        if len(names) > 1:
            observed = np.array([statistics[name] for name in names])
            toys = np.array([null[name] for name in names])
            p_values[group] = combine_p_values(observed, toys)
    return {
        CUT if name.startswith(f"{CUT} ") else name: float(np.mean(found <= LEVEL))
        for name, found in p_values.items()
    }


def _describe_signal(
    expected: float, test: CutTest, power: Mapping[float, Mapping[str, float]]
) -> dict[str, Any]:
    return {
        "expected": float(expected),
        "cut": test.cut._asdict(),
        "excluded": test.find_strength(PLAIN),
        "points": [
            {
                "strength": strength,
                "events": float(strength * expected),
                "counting": test.expect(strength),
                "power": dict(shares),
            }
            for strength, shares in power.items()
        ],
    }
