"""Significances: closed forms, limits, and the two ways in which they went wrong before."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rapidmass.stats import (
    compute_asimov_significance,
    compute_simple_significance,
    count_effective,
    find_weighted_quantiles,
)

positive = st.floats(1e-3, 1e6)


@given(positive, positive)
def test_asimov_agrees_with_its_formula_where_that_is_stable(s, b):
    if s / b < 1e-3:
        return
    expected = math.sqrt(2 * ((s + b) * math.log1p(s / b) - s))
    assert compute_asimov_significance(s, b).value == pytest.approx(expected, rel=1e-6)


def test_small_signals_keep_their_significance():
    """With log(1 + x) in place of log1p, s = 0.001 on b = 1e6 came out 13 times off."""
    found = compute_asimov_significance(1e-3, 1e6).value
    assert found == pytest.approx(1e-3 / math.sqrt(1e6), rel=1e-6)
    naive = math.sqrt(max(2 * ((1e-3 + 1e6) * math.log(1 + 1e-3 / 1e6) - 1e-3), 0))
    assert abs(naive / found - 1) > 0.5


@given(st.floats(-8, 2), st.floats(-3, 6))
def test_asimov_is_continuous_and_below_the_simple_form(log_ratio, log_b):
    b = 10**log_b
    s = b * 10**log_ratio
    z, simple = compute_asimov_significance(s, b).value, compute_simple_significance(s, b).value
    assert 0 < z <= simple * (1 + 1e-9)
    assert z >= compute_asimov_significance(s * 0.999, b).value


@pytest.mark.parametrize(("s", "b"), [(1.0, 0.0), (1.0, -2.0), (-1.0, 5.0)])
@pytest.mark.parametrize("compute", [compute_asimov_significance, compute_simple_significance])
def test_undefined_is_nan_and_nothing_else(compute, s, b):
    result = compute(s, b, 1.0, 1.0)
    assert np.isnan(result.value)
    assert np.isnan(result.uncertainty)


def test_no_signal_has_no_significance():
    assert compute_asimov_significance(0.0, 10.0).value == 0


@given(st.floats(0.5, 50), st.floats(5, 500), st.floats(0.01, 0.2), st.floats(0.01, 0.2))
def test_uncertainty_is_the_linear_propagation(s, b, ds, db):
    def z(s, b):
        return compute_asimov_significance(s, b).value

    h = 1e-5
    slope_s = (z(s * (1 + h), b) - z(s * (1 - h), b)) / (2 * h * s)
    slope_b = (z(s, b * (1 + h)) - z(s, b * (1 - h))) / (2 * h * b)
    expected = math.hypot(slope_s * ds * s, slope_b * db * b)
    found = compute_asimov_significance(s, b, (ds * s) ** 2, (db * b) ** 2).uncertainty
    assert found == pytest.approx(expected, rel=1e-3)


def test_arrays_broadcast():
    result = compute_asimov_significance(np.array([1.0, 2.0]), 10.0)
    assert result.value.shape == (2,)


def test_effective_events():
    weights = np.array([2.0, 2.0, 2.0])
    assert count_effective(weights.sum(), (weights**2).sum()) == pytest.approx(3)
    assert count_effective(0.0, 0.0) == 0


def test_quantiles_are_those_of_the_weight():
    values = np.array([3.0, 1.0, 2.0, 4.0])
    weights = np.array([1.0, 1.0, 1.0, 97.0])
    found = find_weighted_quantiles(values, weights, [0.0, 0.02, 0.03, 0.5])
    assert found.tolist() == [-np.inf, 2.0, 3.0, 4.0]


@given(st.lists(st.floats(-5, 5), min_size=1, max_size=50, unique=True), st.floats(0.01, 0.99))
def test_a_quantile_removes_at_least_its_share(values, share):
    values = np.array(values)
    weights = np.linspace(1, 2, len(values))
    cut = find_weighted_quantiles(values, weights, share)[0]
    removed = weights[values <= cut].sum() / weights.sum()
    before = weights[values < cut].sum() / weights.sum()
    assert before < share + 1e-12
    assert removed >= share - 1e-12


def test_negative_weights_do_not_break_quantiles():
    values = np.arange(4.0)
    weights = np.array([1.0, -0.5, 1.0, 1.0])
    assert find_weighted_quantiles(values, weights, [0.4])[0] == 0.0


def test_no_events_and_no_weight_are_errors():
    with pytest.raises(ValueError, match="no events"):
        find_weighted_quantiles(np.array([]), np.array([]), 0.5)
    with pytest.raises(ValueError, match="not positive"):
        find_weighted_quantiles(np.array([1.0]), np.array([-1.0]), 0.5)
