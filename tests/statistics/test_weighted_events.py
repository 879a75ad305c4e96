import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rapidmass.statistics.weighted_events import count_effective, find_weighted_quantiles


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
