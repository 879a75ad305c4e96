import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fitted_models import count, make_full, make_template
from rapidmass.search.fit_limits import (
    compute_expected_limits,
    compute_significance,
    find_sensitive_background,
    rank_parameters,
)
from rapidmass.search.fit_model import read_model
from rapidmass.search.fit_solver import make_asimov
from rapidmass.search.fit_workspace import make_workspace
from rapidmass.statistics import significance


def discover(workspace):
    model = read_model(workspace)
    return compute_significance(model, make_asimov(model, 1.0))[0]


@settings(max_examples=30, deadline=None)
@given(st.floats(-1, 3), st.floats(-1, 5))
def test_without_uncertainty_the_significance_is_the_closed_form(log_s, log_b):
    s, b = 10**log_s, 10**log_b
    expected = np.sqrt(2 * ((s + b) * np.log1p(s / b) - s))
    # the likelihood of single bins is computed to 1e-9
    assert discover(count(b, s=s)) ** 2 == pytest.approx(expected**2, rel=1e-5, abs=1e-8)


@settings(max_examples=20, deadline=None)
@given(st.floats(0, 2), st.floats(1, 4), st.floats(0.02, 0.3))
def test_with_one_uncertainty_it_is_the_profiled_one(log_s, log_b, relative):
    s, b = 10**log_s, 10**log_b
    total = s + b
    # the background that maximises the likelihood without signal: a quadratic equation
    variance = (relative * b) ** 2
    half = (b - variance) / 2
    fitted = half + np.sqrt(half**2 + variance * total)
    expected = 2 * (fitted - total + total * np.log(total / fitted)) + (fitted - b) ** 2 / variance
    assert discover(count(b, s=s, relative=relative)) ** 2 == pytest.approx(expected, rel=1e-5)


def test_for_a_small_uncertainty_it_is_what_scans_quote():
    found = discover(count(100.0, s=20.0, relative=0.05))
    scanned = significance.compute_profiled_significance(
        np.array([20.0]), np.array([100.0]), np.array([0.0]), np.array([0.0]),
        background_uncertainty=np.array([0.05]),
    )  # fmt: skip
    assert found == pytest.approx(scanned.value[0], rel=0.02)


@pytest.mark.parametrize(("b", "limit"), [(1, 3.41), (3, 4.81), (10, 7.81)])
def test_limits_of_counting_experiments(b, limit):
    # with 10 % of uncertainty, from an independent calculation
    found = compute_expected_limits(read_model(count(float(b), background_uncertainty=0.1)))
    assert found["0"] == pytest.approx(limit, rel=0.01)


def test_the_sensitive_bins_hold_half_of_the_information():
    workspace = make_workspace(
        {"search": slice(0, 3)},
        ("s", make_template([10, 4, 4])),
        {"b": make_template([1000, 4, 2])},
    )
    # s^2 / b is 0.1, 4 and 8: the last bin has more than half
    assert find_sensitive_background(read_model(workspace)) == 2


def test_a_control_region_fixes_a_free_channel():
    def constrain(events):
        regions = {"search": slice(0, 1), "control": slice(1, 2)}
        background = {"A": make_template([100, events])}
        model = read_model(
            make_workspace(regions, ("s", make_template([20, 0])), background, free_channels=["A"])
        )
        return rank_parameters(model), compute_significance(model, make_asimov(model, 1.0))[0]

    weak, strong = constrain(100.0), constrain(1e6)
    assert weak[0]["parameters"][0]["name"] == "normalisation_A"
    assert weak[0]["parameters"][0]["constraint"] == pytest.approx(0.1, rel=0.01)
    assert strong[1] == pytest.approx(np.sqrt(2 * (120 * np.log(1.2) - 20)), rel=1e-3)
    assert weak[1] < 0.8 * strong[1]


def test_impacts_add_up_to_less_than_the_uncertainty():
    ranked = rank_parameters(read_model(make_full()))
    names = {one["name"] for one in ranked["parameters"]}
    assert names == {
        "jets", "trigger", "background_normalisation", "normalisation_B", "simulation",
    }  # fmt: skip
    impacts = [abs(one["impact"]) for one in ranked["parameters"]]
    assert impacts == sorted(impacts, reverse=True)
    assert 0 < max(impacts) < ranked["strength_uncertainty"]
