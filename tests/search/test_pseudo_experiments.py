"""Pseudo-experiments from weighted simulation, and p-values from them."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import kstest

from rapidmass.search.pseudo_experiments import (
    combine_p_values,
    compute_p_values,
    draw_simulation,
)


def test_simulation_that_is_drawn_anew_has_the_variance_of_its_weights():
    rng = np.random.default_rng(1)
    weight = np.array([0.2, 3.0, 20.0])
    drawn = np.array([draw_simulation(weight, rng) for _ in range(4000)])
    assert drawn.mean(axis=0) == pytest.approx(weight, rel=0.06)
    assert drawn.var(axis=0) == pytest.approx(weight**2, rel=0.1)


@given(st.lists(st.floats(-1e3, 1e3), min_size=1, max_size=30), st.floats(-1e3, 1e3))
def test_a_p_value_counts_pseudo_experiments_that_reach(toys, observed):
    found = compute_p_values(np.array([observed]), np.array(toys))
    assert found[0] == pytest.approx((1 + sum(toy >= observed for toy in toys)) / (1 + len(toys)))


@pytest.mark.parametrize("tests", [1, 2, 12])
def test_combined_p_values_are_uniform_however_many_tests(tests):
    rng = np.random.default_rng(2)
    found = []
    for _ in range(400):
        pool = rng.normal(size=(tests, 60)) + 0.5 * rng.normal(size=60)  # correlated
        found.append(combine_p_values(pool[:, :1], pool[:, 1:])[0])
    # spread over the steps of so few pseudo-experiments
    spread = np.array(found) - rng.uniform(size=400) / 60
    assert kstest(spread, "uniform").pvalue > 0.01
    assert np.mean(np.array(found) <= 0.05) == pytest.approx(0.05, abs=0.035)


def test_one_test_of_many_finds_what_no_pseudo_experiment_reaches():
    """With ranks alone, one of 12 tests always had something that nothing surpasses."""
    rng = np.random.default_rng(3)
    toys = rng.normal(size=(12, 99))
    observed = rng.normal(size=(12, 20))
    observed[0] += 12.0
    assert np.all(combine_p_values(observed, toys) == 0.01)


def test_experiments_are_judged_one_by_one():
    rng = np.random.default_rng(4)
    toys, observed = rng.normal(size=(3, 50)), rng.normal(size=(3, 6))
    alone = [combine_p_values(observed[:, k : k + 1], toys)[0] for k in range(6)]
    assert combine_p_values(observed, toys).tolist() == alone


def test_a_test_without_answer_changes_nothing():
    rng = np.random.default_rng(5)
    toys, observed = rng.normal(size=(1, 50)), rng.normal(size=(1, 10))
    silent = np.full((1, 50), -np.inf), np.full((1, 10), -np.inf)
    both = combine_p_values(np.vstack([observed, silent[1]]), np.vstack([toys, silent[0]]))
    assert both == pytest.approx(combine_p_values(observed, toys))
