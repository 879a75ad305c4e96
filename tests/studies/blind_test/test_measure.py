"""The power of tests: it is their size without signal, and rises with the strength."""

import json
from dataclasses import replace

import numpy as np
import pytest

from rapidmass.config.studies.blind_test import BlindTest
from rapidmass.config.studies.two_sample import TwoSample
from rapidmass.search.simulated_samples import Sample, Simulation
from rapidmass.search.weight_changes import make_sources
from rapidmass.studies.blind_test.measure import study_power
from rapidmass.studies.blind_test.tests import Choices

SETTINGS = BlindTest(
    strengths=[0.2, 1.0, 5.0], experiments=30, toys=59, bins=8, widest=4, uncertainty=0.0
)
CHOICES = Choices(
    TwoSample.model_validate({"methods": ["kernel"], "kernel": {"centres": 20}}),
    met_cuts=[0.0, 50.0, 100.0, 150.0],
    minimum_effective_events=5,
    background_uncertainty=0.1,
)


def draw_sample(seed, events, expected, *, met=40.0, score=0.0, name="top"):
    """A sample with two features and two scores, of which the second says nothing."""
    rng = np.random.default_rng(seed)
    values = rng.exponential(met, events)
    return Sample(
        np.arange(events, dtype=np.uint64),
        np.full(events, name),
        np.full(events, expected / events),
        np.column_stack([values, rng.normal(size=events)]),
        {"good": rng.normal(score, 1.0, events), "bad": rng.normal(size=events)},
        {"met": values},
    )


def simulate(**changes):
    background = draw_sample(1, 900, 300)
    signals = {"susy": draw_sample(2, 300, 12, met=150.0, score=2.0, name="susy")}
    channel = np.concatenate([background.channel, signals["susy"].channel])
    sources = make_sources(channel, {"luminosity": 0.02}, {"top": 0.05})
    return replace(Simulation(background, signals, sources), **changes)


@pytest.fixture(scope="module")
def found():
    return study_power(simulate(), SETTINGS, CHOICES, seed=1)


def test_power_rises_with_the_strength(found):
    points = found["signals"]["susy"]["points"]
    assert [point["strength"] for point in points] == [0.0, 0.2, 1.0, 5.0]
    assert [point["events"] for point in points] == pytest.approx([0.0, 2.4, 12.0, 60.0])
    counting = [point["counting"] for point in points]
    assert counting[0] == 0.0
    assert counting == sorted(counting)
    for test in ("kernel", "good", "cut"):
        power = [point["power"][test] for point in points]
        assert power[-1] > 0.8
        # mixtures share their background: a test loses few to a stronger signal
        assert power[0] <= power[1] + 0.05
        assert power[1] < power[2] < power[3]


def test_without_signal_tests_find_something_by_chance_alone(found):
    control = found["signals"]["susy"]["points"][0]["power"]
    assert set(control) == {"kernel", "good", "bad", "cut", "all scores"}
    for share in control.values():
        assert share <= 0.05 + 2.6 * np.sqrt(0.05 * 0.95 / SETTINGS.experiments)


def test_all_scores_together_find_what_one_finds(found):
    strongest = found["signals"]["susy"]["points"][-1]["power"]
    assert strongest["bad"] < 0.4
    assert strongest["all scores"] > 0.8
    assert found["groups"] == {"all features": ["kernel"], "all scores": ["good", "bad"]}


def test_numbers_are_of_the_simulation(found):
    assert found["expected"] == pytest.approx(300)
    assert found["effective"] == pytest.approx(900)
    assert found["sources"] == ["luminosity", "top"]
    assert found["signals"]["susy"]["expected"] == pytest.approx(12)
    assert json.loads(json.dumps(found)) == found


def test_the_same_seed_gives_the_same_numbers():
    few = SETTINGS.model_copy(update={"experiments": 4, "toys": 19})
    first, again, other = (study_power(simulate(), few, CHOICES, seed=seed) for seed in (1, 1, 2))
    assert first == again
    assert first != other


def test_what_is_uncertain_takes_power():
    # as large as the signal, and of its shape
    met = np.concatenate([draw_sample(1, 900, 300).variables["met"], np.zeros(300)])
    slope = np.where(met > 100, 0.8, 0.0)
    vague = simulate(sources={"tail": np.array([slope, -slope])})
    powers = [
        study_power(some, SETTINGS, CHOICES, seed=1)["signals"]["susy"]["points"][2]["power"]
        for some in (simulate(sources={}), vague)
    ]
    assert powers[1]["cut"] < powers[0]["cut"]


@pytest.mark.long
def test_each_test_finds_something_by_chance_as_often_as_it_says():
    """200 p-values of each test without signal, with three nuisances."""
    background = draw_sample(3, 1500, 400)
    changes = {
        "rate": np.full(1800, 0.1),
        "slope": 0.1 * np.pad(background.features[:, 1], (0, 300)),
        "tail": 0.002 * np.pad(background.variables["met"] - 40, (0, 300)),
    }
    simulation = Simulation(
        background,
        {"susy": draw_sample(2, 300, 12, met=150.0, score=2.0, name="susy")},
        {name: np.array([change, -change]) for name, change in changes.items()},
    )
    settings = SETTINGS.model_copy(
        update={"experiments": 200, "toys": 199, "strengths": (1.0,), "methods": ()}
    )
    choices = replace(
        CHOICES,
        two_sample=TwoSample.model_validate({"kernel": {"centres": 30}, "trees": {"trees": 10}}),
    )
    found = study_power(simulation, settings, choices, seed=1)
    control = found["signals"]["susy"]["points"][0]["power"]
    assert set(control) == {
        "kernel", "trees", "all features", "good", "bad", "all scores", "cut"
    }  # fmt: skip
    for test, share in control.items():
        # also the pseudo-experiments that p-values come from are few
        spread = 2.6 * np.sqrt(0.05 * 0.95 * (1 / 200 + 1 / 199))
        assert share == pytest.approx(0.05, abs=spread), test
