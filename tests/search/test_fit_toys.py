"""Limits and significances by pseudo-experiments, where these are known otherwise."""

import numpy as np
import pytest
from scipy.optimize import brentq
from scipy.stats import norm, poisson

from fitted_models import count, make_full
from rapidmass.search.fit_limits import compute_expected_limits
from rapidmass.search.fit_model import read_model
from rapidmass.search.fit_solver import make_asimov
from rapidmass.search.fit_toys import draw_toys, judge_by_toys


def find_limit(b, seen):
    """The 95 % CLs limit of a counting experiment without uncertainty."""
    return brentq(lambda s: poisson.cdf(seen, s + b) / poisson.cdf(seen, b) - 0.05, 0, 500)


@pytest.mark.parametrize(
    ("b", "asymptotic", "by_toys"), [(1, 3.41, 4.12), (3, 4.81, 5.43), (10, 7.81, 8.37)]
)
def test_median_limits_of_counting_experiments(b, asymptotic, by_toys):
    # with 10 % of uncertainty, from an independent calculation
    model = read_model(count(float(b), background_uncertainty=0.1))
    limits = compute_expected_limits(model)
    assert limits["0"] == pytest.approx(asymptotic, rel=0.01)
    found = judge_by_toys(model, limits, 4000, 1)
    error = found["limit_uncertainties"]["0"]
    assert error < 0.03 * by_toys
    assert abs(found["limits"]["0"] - by_toys) < 3.5 * error


def test_with_many_events_toys_and_asymptotics_agree():
    model = read_model(count(100.0))
    limits = compute_expected_limits(model)
    found = judge_by_toys(model, limits, 4000, 1)
    assert found["limits"]["0"] == pytest.approx(limits["0"], rel=0.05)
    assert found["limits"]["0"] == pytest.approx(find_limit(100, 100), rel=0.03)


@pytest.mark.parametrize("b", [1.0, 3.0])
def test_the_observed_limit_covers_where_events_are_few(b):
    limits = {}
    for seen in range(10):
        model = read_model(count(b, observed=[float(seen)]))
        around = {"observed": find_limit(b, seen)}
        found = judge_by_toys(model, around, 4000, seen, observed=True)
        limits[seen] = found["limits"]["observed"]
        error = found["limit_uncertainties"]["observed"]
        assert limits[seen] == pytest.approx(around["observed"], abs=4 * error)
    for true in (2.0, 3.2, 5.0):
        # what is seen more often than that has a larger limit
        missed = sum(poisson.pmf(n, b + true) for n, limit in limits.items() if limit < true)
        assert missed <= 0.05


def test_the_significance_of_an_observation_is_its_p_value():
    model = read_model(count(3.0, observed=[8.0]))
    found = judge_by_toys(model, {"observed": 10.0}, 20000, 1, observed=True)
    p_value = poisson.sf(7, 3.0)
    assert found["p_value"] == pytest.approx(p_value, rel=0.2)
    assert found["significance"] == pytest.approx(-norm.ppf(p_value), rel=0.05)
    assert not found["is_bound"]


def test_a_significance_beyond_the_toys_is_a_bound():
    found = judge_by_toys(
        read_model(count(1.0, s=30.0)), {str(n): 0.1 for n in range(-2, 3)}, 500, 1
    )
    assert found["is_bound"]
    assert found["p_value"] == 10 / 500


def test_toys_are_drawn_about_what_is_expected():
    model = read_model(make_full())
    drawn = draw_toys(model, 2.0, make_asimov(model, 2.0), 20000, np.random.default_rng(1))
    mean = drawn.seen.mean(axis=0)
    expected = model.nominal + 2 * model.signal
    # variations that are larger on one side, or to one side both, move the mean
    assert mean == pytest.approx(expected, rel=0.03)
    # what is uncertain makes them vary by more than their number does
    assert drawn.seen[:, 0].std() > 1.5 * np.sqrt(expected[0])
    assert (drawn.pulls == model.start).all()


def test_a_seed_decides_everything():
    model = read_model(count(2.0))
    limits = compute_expected_limits(model)
    assert judge_by_toys(model, limits, 200, 5) == judge_by_toys(model, limits, 200, 5)
    assert judge_by_toys(model, limits, 200, 5) != judge_by_toys(model, limits, 200, 6)
