"""Chi-square and Kolmogorov-Smirnov tests: known values, and p-values that mean what they say."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import chi2, kstest, kstwobign

from rapidmass.search.goodness_of_fit import (
    Prediction,
    choose_groups,
    compute_chi2,
    compute_distance,
    make_noise,
)

NOISE = make_noise(1, 128, 2)[:1500]
EDGES = np.linspace(0, 8, 161)
NOTHING = np.zeros((0, 3))


def predict(values, variances=None, shifts=NOTHING):
    values = np.asarray(values, float)
    variances = np.zeros_like(values) if variances is None else np.asarray(variances, float)
    return Prediction(values, variances, np.asarray(shifts, float).reshape(-1, len(values)))


def test_with_exact_simulation_it_is_the_chi_square_of_pearson():
    found = compute_chi2(np.array([12.0, 18, 35]), predict([10, 20, 30]), shape=False)
    expected = 4 / 10 + 4 / 20 + 25 / 30
    assert found.value == pytest.approx(expected)
    assert found.ndf == 3
    assert found.p_value == pytest.approx(chi2.sf(expected, 3))


def test_of_two_unweighted_samples_it_is_the_test_of_homogeneity():
    """(n - m)^2 / (n + m), the sum of both being the variance of their difference."""
    n, m = np.array([12.0, 30, 25]), np.array([20.0, 22, 25])
    found = compute_chi2(n, predict(m, m), shape=False)
    assert found.value == pytest.approx(float(((n - m) ** 2 / (n + m)).sum()))


def test_a_correlated_uncertainty_explains_a_common_factor_and_nothing_else():
    m = np.array([1000.0, 2000, 3000])
    shift = 0.1 * m
    alone = compute_chi2(1.1 * m, predict(m), shape=False)
    common = compute_chi2(1.1 * m, predict(m, shifts=[shift]), shape=False)
    tilted = compute_chi2(m * [1.1, 1.0, 0.9], predict(m, shifts=[shift]), shape=False)
    assert alone.value == pytest.approx(60)
    assert common.value == pytest.approx(1, rel=0.03)  # one standard deviation
    assert tilted.value > 30


@given(factor=st.floats(0.01, 100), seed=st.integers(0, 100))
@settings(max_examples=30, deadline=None)
def test_the_shape_does_not_know_the_normalisation(factor, seed):
    rng = np.random.default_rng(seed)
    n, m = rng.uniform(20, 100, (2, 5))
    prediction = predict(m, 0.3 * m, [0.05 * m * [1, 1, 0, 0, 0]])
    first = compute_chi2(n, prediction, shape=True)
    second = compute_chi2(n, prediction.scale(factor), shape=True)
    assert first.ndf == 4
    assert second.value == pytest.approx(first.value, rel=1e-6, abs=1e-9)
    assert first.value <= compute_chi2(n, prediction.scale(n.sum() / m.sum()), shape=False).value
    distance = compute_distance(n, prediction, NOISE)
    assert compute_distance(n, prediction.scale(factor), NOISE).value == pytest.approx(
        distance.value
    )


def test_a_fitted_normalisation_is_the_best_one():
    n, m = np.array([30.0, 55, 80]), np.array([10.0, 20, 30])
    shape = compute_chi2(n, predict(m), shape=True).value
    scaled = n.sum() / m.sum() * m
    factors = np.linspace(0.8, 1.2, 2001)
    # the covariance stays where the scaled simulation puts it
    scan = [((n - f * scaled) ** 2 / scaled).sum() for f in factors]
    assert shape == pytest.approx(min(scan), abs=1e-5)


def test_what_cannot_be_tested_is_not():
    assert (
        compute_chi2(np.array([5.0]), predict([5.0], shifts=np.zeros((0, 1))), shape=True) is None
    )
    assert compute_chi2(np.zeros(3), predict([5, 5, 5]), shape=False) is None
    assert compute_chi2(np.ones(3), predict([5, 0, 5]), shape=False) is None
    assert compute_distance(np.zeros(3), predict([5, 5, 5]), NOISE) is None
    assert compute_distance(np.ones(3), predict([0, 0, 0]), NOISE) is None


def test_groups_have_enough_of_both():
    values = np.array([1.0, 1, 1, 7, 20, 20, 1, 0, 0.5])
    variances = np.array([0.1, 0.1, 0.1, 7, 100, 20, 0.1, 0, 0.1])
    prediction = predict(values, variances)
    starts = choose_groups(prediction, 25, 5.0)
    merged = prediction.merge(starts)
    assert starts[0] == 0
    assert merged.values.sum() == pytest.approx(values.sum())
    assert np.all(merged.values >= 5)
    assert np.all(merged.values**2 / merged.variances >= 5)
    # the fifth bin has events enough, but only 4 effective ones: it is merged with the sixth
    np.testing.assert_array_equal(starts, [0, 4])


def test_there_are_not_more_groups_than_wanted():
    prediction = predict(np.full(1000, 50.0), np.full(1000, 1.0), np.zeros((0, 1000)))
    assert len(choose_groups(prediction, 20, 5.0)) == 20
    few = predict(np.full(1000, 0.001), np.full(1000, 1e-6), np.zeros((0, 1000)))
    np.testing.assert_array_equal(choose_groups(few, 20, 5.0), [0])


def test_distance_is_that_of_the_distribution_functions():
    found = compute_distance(np.array([6.0, 2, 2]), predict([1, 1, 2], [0.1, 0.1, 0.2]), NOISE)
    assert found.value == pytest.approx(0.35)


@pytest.mark.parametrize("shift", [0.03, 0.05, 0.07])
def test_of_exact_simulation_in_fine_bins_the_p_value_is_that_of_kolmogorov(shift):
    share = np.full(128, 1 / 128)
    n = 400 * share
    n[:64] -= 400 * shift / 64
    n[64:] += 400 * shift / 64
    prediction = predict(share, share / 1e9, np.zeros((0, 128)))
    found = compute_distance(n, prediction, make_noise(2, 128, 0))
    assert found.value == pytest.approx(shift)
    # bins see a little less than the largest distance of a continuous process
    wanted = kstwobign.sf(np.sqrt(400) * shift)
    assert wanted - 0.09 < found.p_value < wanted


def draw_p_values(rng, scale, systematic):
    """P-values of data and weighted simulation of two channels; `scale` stretches one of data."""
    events, slopes, weights = np.array([700.0, 300.0]), (1.0, 2.0), (0.2, 0.6)

    def fill(sizes, factors=(1, 1)):
        drawn = [
            rng.exponential(slope * factor, rng.poisson(size))
            for slope, size, factor in zip(slopes, sizes, factors, strict=True)
        ]
        return np.array([np.histogram(np.minimum(x, 7.99), EDGES)[0] for x in drawn], float)

    counts = fill(events / weights)
    values = counts * np.array(weights)[:, None]
    variances = counts * np.array(weights)[:, None] ** 2
    shifts = systematic * values if systematic else np.zeros((0, len(EDGES) - 1))
    prediction = Prediction(values.sum(axis=0), variances.sum(axis=0), shifts)
    n = fill(events * (1 + systematic * rng.standard_normal(2)), (scale, 1)).sum(axis=0)
    groups = choose_groups(prediction, 20, 10.0)
    merged, coarse = np.add.reduceat(n, groups), prediction.merge(groups)
    fine = choose_groups(prediction, 128, 0.0)
    distance = compute_distance(np.add.reduceat(n, fine), prediction.merge(fine), NOISE)
    return [
        compute_chi2(merged, coarse, shape=False).p_value,
        compute_chi2(merged, coarse, shape=True).p_value,
        distance.p_value,
    ]


@pytest.mark.parametrize("systematic", [0.0, 0.15])
def test_p_values_are_uniform_if_simulation_is_right(systematic):
    """Weights of 0.2 and 0.6 in channels of other shapes; normalisations within uncertainties."""
    rng = np.random.default_rng(11)
    found = np.array([draw_p_values(rng, 1.0, systematic) for _ in range(300)])
    for p_values in found.T:
        assert kstest(p_values, "uniform").pvalue > 0.01
        assert 0.02 < np.mean(p_values < 0.05) < 0.09


def test_p_values_are_small_if_simulation_is_wrong():
    """A channel of data that is stretched by a third, against one that is not."""
    rng = np.random.default_rng(11)
    found = np.array([draw_p_values(rng, 1.0, 0.15) for _ in range(60)])
    assert np.median(found[:, 0]) > 0.3
    rng = np.random.default_rng(11)
    stretched = np.array([draw_p_values(rng, 1.35, 0.0) for _ in range(60)])
    assert np.all(np.median(stretched, axis=0) < 0.01)


def test_pseudo_experiments_follow_from_the_seed():
    assert make_noise(3, 4, 1).tobytes() == make_noise(3, 4, 1).tobytes()
    assert make_noise(3, 4, 1).tobytes() != make_noise(4, 4, 1).tobytes()
