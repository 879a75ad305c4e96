"""Distances of weighted distributions, and their p-values."""

import numpy as np
import pytest
from scipy.stats import ks_2samp, kstest

from rapidmass.statistics.weighted_ks import compare_distributions


def compare(first, second, permutations=99, seed=1):
    rng = np.random.default_rng(seed)
    return compare_distributions(first, second, permutations=permutations, rng=rng)


def test_with_equal_weights_it_is_the_usual_distance():
    rng = np.random.default_rng(2)
    # rounded: equal values are one step
    a, b = rng.normal(size=200).round(1), rng.normal(0.3, size=150).round(1)
    found = compare((a, np.full(200, 3.0)), (b, np.ones(150)), 999)
    usual = ks_2samp(a, b)
    assert found.distance == pytest.approx(usual.statistic)
    assert found.p_value == pytest.approx(usual.pvalue, abs=0.05)


def test_weights_count():
    values = np.array([0.0, 1.0])
    found = compare((values, np.array([3.0, 1.0])), (values, np.array([1.0, 3.0])))
    assert found.distance == pytest.approx(0.5)


def test_under_the_null_p_is_uniform_where_kolmogorovs_formula_is_not():
    """Few heavy events: the effective number is far below that of events."""
    rng = np.random.default_rng(3)
    found, usual = [], []
    for trial in range(300):
        groups = [
            (rng.normal(size=n), rng.pareto(1.5, n) * rng.choice([1, 1, 1, -0.3], n) + 0.5)
            for n in (60, 90)
        ]
        result = compare(*groups, permutations=99, seed=trial)
        found.append(result.p_value)
        effective = 60 * 90 / 150
        usual.append(2 * np.exp(-2 * effective * result.distance**2))
    spread = rng.uniform(0, 0.01, 300)  # p-values are multiples of 0.01
    assert kstest(np.array(found) - spread, "uniform").pvalue > 0.01
    assert np.mean(np.array(found) <= 0.1) == pytest.approx(0.1, abs=0.05)
    assert np.mean(np.array(usual) <= 0.1) > 0.2


def test_what_differs_is_found():
    rng = np.random.default_rng(4)
    groups = [(rng.normal(shift, size=400), np.ones(400)) for shift in (0, 0.5)]
    assert compare(*groups).p_value == 0.01


def test_a_group_without_weight_is_refused():
    values = np.zeros(2)
    with pytest.raises(ValueError, match="do not add up to more than 0"):
        compare((values, np.array([1.0, -1.0])), (values, np.ones(2)))
