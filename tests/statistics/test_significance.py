"""Significances: closed forms, limits, and the two ways in which they went wrong before."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.special import xlogy

from rapidmass.statistics.significance import (
    combine_shifts,
    compute_asimov_significance,
    compute_profiled_significance,
    compute_simple_significance,
    compute_wilson_interval,
    correct_curvature,
)

positive = st.floats(1e-3, 1e6)


@given(positive, positive)
def test_asimov_agrees_with_its_formula_where_that_is_stable(s, b):
    if s / b < 1e-3:
        return
    expected = math.sqrt(2 * ((s + b) * math.log1p(s / b) - s))
    assert compute_asimov_significance(s, b).value == pytest.approx(expected, rel=1e-6)


@pytest.mark.parametrize(
    ("s", "b", "printed"),
    [(4, 117, 0.4), (6, 117, 0.6), (3, 108, 0.36), (5, 108, 0.51)],
)
def test_the_table_of_cut_and_count_of_an_earlier_analysis(s, b, printed):
    """R. Guevara's draft of 2023: yields are printed rounded, so half an event is left open."""
    found = compute_asimov_significance(s, b).value
    assert compute_asimov_significance(s - 0.5, b).value <= printed + 0.05
    assert compute_asimov_significance(s + 0.8, b).value >= printed - 0.05
    if (s, b) == (4, 117):
        assert found == pytest.approx(0.37, abs=0.005)


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
@pytest.mark.parametrize(
    "compute",
    [compute_asimov_significance, compute_simple_significance, compute_profiled_significance],
)
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


@given(st.floats(0.1, 1e4), st.floats(0.1, 1e4), st.floats(0.03, 30))
def test_profiled_agrees_with_its_formula_where_that_is_stable(s, b, relative):
    """Equation 20 of the note, as it stands there."""
    v = relative**2 * b
    if not (s / b > 1e-2 and v / b > 1e-2):
        return
    found = compute_profiled_significance(s, b, 0.0, v).value
    first = (s + b) * math.log((s + b) * (b + v) / (b**2 + (s + b) * v))
    second = b**2 / v * math.log(1 + v * s / (b * (b + v)))
    assert found == pytest.approx(math.sqrt(2 * (first - second)), rel=1e-6)


@given(st.floats(-8, 3), st.floats(-2, 6), st.floats(-12, 3))
def test_profiled_joins_its_limits(log_ratio, log_b, log_u):
    """Known background where its variance is small, s / sqrt(b + v) where the signal is."""
    b = 10**log_b
    s, v = b * 10**log_ratio, b * 10**log_u
    z = compute_profiled_significance(s, b, 0.0, v).value
    known = compute_asimov_significance(s, b).value
    assert 0 < z <= known * (1 + 1e-9)
    if log_u < -9:
        assert z == pytest.approx(float(known), rel=1e-3 if log_ratio > 2 else 1e-6)
    if log_ratio < -5:
        assert z == pytest.approx(s / math.sqrt(b + v), rel=1e-4)
    assert z >= compute_profiled_significance(s, b, 0.0, 1.01 * v).value
    assert compute_profiled_significance(s, b, 0.0, 0.0).value == known


@pytest.mark.parametrize(
    ("s", "b", "relative"), [(1e-3, 1e6, 0.1), (1e-9, 1.0, 1e-6), (5, 1, 1e-9)]
)
def test_profiled_is_stable_at_the_ends(s, b, relative):
    mpmath = pytest.importorskip("mpmath", reason="mpmath gives the exact value")
    with mpmath.workdps(60):
        S, B, V = mpmath.mpf(s), mpmath.mpf(b), (mpmath.mpf(relative) * b) ** 2
        half = (S + B) * mpmath.log((S + B) * (B + V) / (B**2 + (S + B) * V))
        half -= B**2 / V * mpmath.log(1 + V * S / (B * (B + V)))
        expected = float(mpmath.sqrt(2 * half))
    found = compute_profiled_significance(s, b, background_uncertainty=relative).value
    assert found == pytest.approx(expected, rel=1e-10)


@given(st.floats(0.5, 50), st.floats(5, 500), st.floats(0.01, 0.2), st.floats(0.0, 0.3))
def test_the_uncertainty_of_profiled_is_the_linear_propagation(s, b, relative, systematic):
    """A systematic uncertainty moves with the background, the variance of simulation stays."""
    variance = (relative * b) ** 2

    def z(s, b):
        options = {"background_uncertainty": systematic}
        return compute_profiled_significance(s, b, 0.0, variance, **options).value

    h = 1e-5
    slope_s = (z(s * (1 + h), b) - z(s * (1 - h), b)) / (2 * h * s)
    slope_b = (z(s, b * (1 + h)) - z(s, b * (1 - h))) / (2 * h * b)
    expected = math.hypot(slope_s * 0.1 * s, slope_b * relative * b)
    found = compute_profiled_significance(
        s, b, (0.1 * s) ** 2, variance, background_uncertainty=systematic
    )
    assert found.uncertainty == pytest.approx(expected, rel=1e-3)


def _measure_toys(rng, s, b, variance):
    """Significances of toys: events, and those of a measurement that gives the background.

    The profile likelihood ratio of T. Li and Y. Ma, ApJ 272 (1983) 317, equation 17.
    """
    tau = b / variance
    n, m = rng.poisson(s + b, 20000), rng.poisson(tau * b, 20000)
    total = np.maximum(n + m, 1)
    statistic = xlogy(n, (1 + tau) * n / total) + xlogy(m, (1 + 1 / tau) * m / total)
    return np.where(n * tau > m, np.sqrt(2 * np.maximum(statistic, 0)), 0.0)


# The number of events is an integer: of 0.5 background events the median toy lies anywhere between
# two steps of the significance, which are 0.5 apart. From 50 events on what is left is that the
# Asimov value is the first order of an expansion in the size of deviations.
@pytest.mark.parametrize(("b", "tolerance"), [(0.5, 0.25), (5, 0.2), (50, 0.07), (500, 0.07)])
@pytest.mark.parametrize("relative", [0.1, 0.3, 1.0])
def test_profiled_is_the_median_of_toys(b, tolerance, relative):
    rng = np.random.default_rng(1)
    spread = math.sqrt(b + (relative * b) ** 2)
    for s in (spread, 2 * spread, 4 * spread):
        expected = compute_profiled_significance(s, b, background_uncertainty=relative).value
        median = np.median(_measure_toys(rng, s, b, (relative * b) ** 2))
        assert median == pytest.approx(expected, abs=tolerance)
    if relative == 1.0:  # and not that of known background
        assert compute_asimov_significance(4 * spread, b).value > median + 0.5


def test_wilson_interval_holds_the_fractions_one_deviation_away():
    low, high = compute_wilson_interval(np.array([0.0, 0.1, 1.0]), 50)
    for end in (low[1], high[1]):
        assert abs(0.1 - end) == pytest.approx(math.sqrt(end * (1 - end) / 50))
    assert low[0] == 0
    assert high[0] == pytest.approx(1 / 51)
    assert (low[2], high[2]) == (pytest.approx(50 / 51), 1)


def test_arrays_broadcast():
    result = compute_asimov_significance(np.array([1.0, 2.0]), 10.0)
    assert result.value.shape == (2,)


@given(
    st.lists(st.tuples(st.floats(-10, 10), st.floats(-10, 10), st.sampled_from("abc")), min_size=1),
    st.randoms(use_true_random=False),
)
def test_shifts_are_combined_by_source_whatever_their_order(rows, luck):
    def combine(some):
        return combine_shifts(np.array([row[:2] for row in some]), [row[2] for row in some])

    found = combine(rows)
    for place in (0, 1):
        largest = [
            max(abs(row[place]) for row in rows if row[2] == source)
            for source in {row[2] for row in rows}
        ]
        assert found[place] == pytest.approx(math.hypot(*largest))
    shuffled = list(rows)
    luck.shuffle(shuffled)
    assert combine(shuffled).tolist() == found.tolist()
    assert combine([*rows, rows[0]]).tolist() == found.tolist()


def test_each_background_can_have_its_own_uncertainty():
    s, b, relative = np.array([5.0, 5.0, 8.0]), np.array([100.0, 100.0, 20.0]), [0.0, 0.1, 0.4]
    found = compute_profiled_significance(s, b, 0.5, 3.0, background_uncertainty=relative)
    for k, uncertainty in enumerate(relative):
        one = compute_profiled_significance(
            s[k], b[k], 0.5, 3.0, background_uncertainty=uncertainty
        )
        assert (found.value[k], found.uncertainty[k]) == (one.value, one.uncertainty)


@pytest.mark.parametrize(
    ("weights", "s"),
    [
        (np.full(30, 10.0), 30.0),
        (np.full(300, 1.0), 30.0),
        # as with three leptons: two events of 1100 and 900 carry a third of the background
        (np.repeat([66.0, 17, 1100, 300, 270, 21, 900], [52, 20, 1, 4, 3, 20, 1]), 80.0),
    ],
)
def test_the_uncertainty_of_the_profiled_significance_is_that_of_a_bootstrap(weights, s):
    """An event more adds to the background, and to the variance that the significance knows."""

    def compute(copies):
        b, *powers = ((copies @ weights**power) for power in (1, 2, 3, 4))
        return compute_profiled_significance(
            s, b, 0.0, powers[0], background_uncertainty=0.1, b_moments=(powers[1], powers[2])
        )

    copies = np.random.default_rng(1).poisson(1, (4000, len(weights)))
    low, high = np.quantile(compute(copies).value, [0.1587, 0.8413])
    found = compute(np.ones(len(weights)))
    assert found.uncertainty == pytest.approx((high - low) / 2, rel=0.2)
    without = compute_profiled_significance(
        s, weights.sum(), 0.0, (weights**2).sum(), background_uncertainty=0.1
    )
    assert without.value == found.value
    assert without.uncertainty < 0.95 * found.uncertainty


@given(st.floats(0.01, 10), st.floats(10, 1e6), st.floats(0.0, 0.1))
def test_the_correction_is_that_of_the_second_derivative(r, b, relative):
    """For s / sqrt(b), 3/8 of the relative variance of b."""
    s = r * math.sqrt(b)
    found = correct_curvature(lambda b: compute_simple_significance(s, b).value, b, relative * b**2)
    assert found == pytest.approx(r * (1 - 3 / 8 * relative), rel=1e-5)
