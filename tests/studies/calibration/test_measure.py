"""Verdicts of p-values and intervals: closed forms, and experiments of a truth that is known."""

import json
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.special import ndtri

from rapidmass.config.search.scan import ScanSettings
from rapidmass.config.studies.blind_test import BlindTest
from rapidmass.config.studies.calibration import Calibration
from rapidmass.config.studies.data_comparison import DataComparison
from rapidmass.config.studies.fits import Fits
from rapidmass.config.studies.two_sample import TwoSample
from rapidmass.search.simulated_samples import Sample
from rapidmass.studies.calibration import measure
from rapidmass.studies.calibration.experiments import Truth, draw_counts, draw_experiment
from rapidmass.studies.calibration.fits import FitSettings
from rapidmass.studies.calibration.intervals import Interval
from rapidmass.studies.calibration.measure import calibrate, judge_intervals, judge_p_values
from rapidmass.studies.calibration.tests import Choices

SCAN = ScanSettings(score_quantiles=[0.5, 0.9], minimum_effective_events=10)
AXES = ({"variable": "score", "shares": (0.0, 0.5, 0.9)},)
FITS = FitSettings.choose(
    Fits.model_validate({"axes": AXES}), ["top", "Z"], uncertainty=0.1, toys=0
)


def choose(**changes):
    settings = {"experiments": 40, "toys": 9, "fit_experiments": 10, **changes}
    return Choices(
        Calibration.model_validate(settings),
        TwoSample.model_validate({"methods": ["kernel"], "kernel": {"centres": 15}}),
        BlindTest(bins=8, widest=4, uncertainty=0.0),
        DataComparison(),
        10.0,
    )


def draw_sample(seed, events, expected, channels, score=0.0):
    rng = np.random.default_rng(seed)
    met = rng.exponential(40.0 * (1 + score), events)
    return Sample(
        rng.integers(0, 2**63, events).astype(np.uint64),
        rng.choice(channels, events),
        np.full(events, expected / events),
        np.column_stack([met, rng.normal(size=events)]),
        {"ae": rng.normal(score, 1.0, events)},
        {"met": met.astype(np.float32)},
    )


def make_truth(*, three=False):
    background = draw_sample(1, 1000, 300, ["top", "Z"])
    changes = {"rate": np.full(1000, 0.02)}
    if three:
        changes = {
            "rate": np.full(1000, 0.1),
            "slope": 0.1 * background.features[:, 1],
            "tail": 0.002 * (background.features[:, 0] - 40),
        }
    return Truth(
        background,
        draw_sample(2, 400, 15, ["susy"], score=2.0),
        {name: np.array([change, -change]) for name, change in changes.items()},
        "ae",
    )


@pytest.fixture(scope="module")
def found():
    return calibrate(make_truth(), choose(), FITS, SCAN, seed=3)


def test_p_values_without_a_difference_are_uniform(found):
    assert set(found["tests"]) == {
        "chi2", "shape", "distance", "excess", "kernel", "discovery"
    }  # fmt: skip
    for name, test in found["tests"].items():
        assert len(test["p_values"]) == (10 if name == "discovery" else 40)
        assert test["verdict"] == "uniform", name


def test_intervals_hold_what_is_true(found):
    names = set(found["intervals"])
    assert {"background, 50 % removed", "background, 90 % removed"} <= names
    assert {"signal efficiency at 1 % background", "limit on the strength"} <= names
    for name, interval in found["intervals"].items():
        if "efficiency at 1 %" not in name:  # 10 effective events at most
            assert interval["verdict"] != "too small", name
    limit = found["intervals"]["limit on the strength"]
    assert (limit["stated"], limit["number"]) == (0.95, 10)
    assert found["strength"] > 0
    assert json.loads(json.dumps(found)) == found


def test_the_same_seed_gives_the_same_numbers():
    few = choose(experiments=10, fit_experiments=1)
    first, again, other = (
        calibrate(make_truth(), few, FITS, SCAN, seed=seed) for seed in (1, 1, 2)
    )
    assert first == again
    assert first != other


def test_what_is_not_told_makes_p_values_too_small(monkeypatch):
    truth = make_truth()
    tail = np.where(truth.background.features[:, 0] > 40, 1.0, 0.0)
    truth = replace(truth, sources={"tail": np.array([tail, -tail])})
    monkeypatch.setattr(
        measure, "draw_experiment", lambda *parts: draw_experiment(*parts)._replace(sources={})
    )
    found = calibrate(truth, choose(fit_experiments=1), FITS, SCAN, seed=1)
    for test in ("chi2", "shape", "distance", "kernel"):
        assert found["tests"][test]["verdict"] == "too small"


def test_a_truth_of_few_events_quotes_less_and_fails_nowhere():
    truth = make_truth()
    some = replace(truth.background.take(np.arange(15)), weight=np.full(15, 0.1))
    few = replace(truth, background=some, sources={})
    found = calibrate(few, choose(experiments=10), FITS, SCAN, seed=1)
    assert "excess" not in found["tests"]  # no two bins
    assert len(found["tests"]["kernel"]["p_values"]) < 10  # of some there are no data


def test_experiments_have_the_mean_and_variance_of_data_and_simulation():
    truth = make_truth()
    rng = np.random.default_rng(1)
    drawn = [draw_experiment(truth, rng) for _ in range(400)]
    data = np.array([len(one.data.weight) for one in drawn])
    assert data.mean() == pytest.approx(300, rel=0.01)
    assert data.std() == pytest.approx(np.sqrt(300 + (0.02 * 300) ** 2), rel=0.1)
    simulated = np.array([one.simulation.weight.sum() for one in drawn])
    assert simulated.mean() == pytest.approx(300, rel=0.01)
    assert simulated.std() == pytest.approx(0.3 * np.sqrt(1000), rel=0.1)
    assert drawn[0].sources["rate"].shape == (2, len(drawn[0].simulation.weight))


def test_data_of_a_fit_have_a_rate_that_is_uncertain_and_a_signal():
    truth = make_truth()
    rng = np.random.default_rng(1)
    numbers = np.array([len(draw_counts(truth, 0.2, 0.0, rng).key) for _ in range(500)])
    assert numbers.mean() == pytest.approx(300, rel=0.03)
    assert numbers.std() == pytest.approx(np.sqrt(300 + 60**2), rel=0.1)
    data = draw_counts(truth, 0.0, 4.0, rng)
    assert len(data.key) == pytest.approx(360, abs=60)
    assert np.isin(data.key, truth.signal.key).sum() == pytest.approx(60, abs=24)


@given(st.integers(0, 100))
def test_uniform_steps_are_uniform(seed):
    p_values = np.random.default_rng(seed).integers(1, 11, 60) / 10
    judged = judge_p_values(p_values, 10, seed=seed)
    assert min(judged["p_values"]) >= 0
    assert max(judged["p_values"]) <= 1
    assert judged["uniform"] > 1e-4


def test_verdicts_of_p_values():
    rng = np.random.default_rng(1)
    flat = rng.uniform(size=200)
    assert judge_p_values(flat)["verdict"] == "uniform"
    assert judge_p_values(flat**2)["verdict"] == "too small"
    assert judge_p_values(np.sqrt(flat))["verdict"] == "conservative"
    # half of the discoveries find nothing: that is as it should be
    assert judge_p_values(np.minimum(flat, 0.5), half=True)["verdict"] == "uniform"
    assert judge_p_values(np.minimum(flat, 0.5))["verdict"] == "too small"
    assert judge_p_values([0.01, 0.5, 0.7, 0.8])["small"] == 0.25


def test_verdicts_of_intervals():
    values = ndtri((np.arange(400) + 0.5) / 400)

    def judge(width):
        intervals = [Interval(value - width, value + width, 0.683) for value in values]
        return judge_intervals(intervals, [0.0] * len(values))

    assert judge(1.0)["verdict"] == "as stated"
    assert judge(0.7)["verdict"] == "too small"
    assert judge(1.5)["verdict"] == "conservative"
    assert judge(1.0)["covered"] == pytest.approx(0.683, abs=0.005)


@pytest.mark.long
def test_200_p_values_of_each_test_are_uniform_with_three_nuisances():
    choices = choose(experiments=200, toys=19, fit_experiments=200)
    two_sample = TwoSample.model_validate(
        {"kernel": {"centres": 30}, "trees": {"trees": 10, "folds": 2}}
    )
    choices = replace(choices, two_sample=two_sample)
    found = calibrate(make_truth(three=True), choices, FITS, SCAN, seed=5)
    assert len(found["tests"]) == 8
    for name, test in found["tests"].items():
        assert len(test["p_values"]) == 200
        assert test["verdict"] != "too small", name
        assert test["small"] <= 0.05 + 2.6 * np.sqrt(0.05 * 0.95 / 200), name
    for name in ("chi2", "shape", "distance", "excess", "kernel"):
        assert found["tests"][name]["verdict"] == "uniform", name
    assert found["intervals"]["limit on the strength"]["covered"] >= 0.95 - 2.6 * np.sqrt(
        0.95 * 0.05 / 200
    )
