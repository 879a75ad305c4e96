import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from rapidmass.statistics.weighted_means import CellSum, compare_means, list_finite


def fill(values, weights):
    total = CellSum(values.shape[1])
    total.add(values, weights)
    return total


def make_events(seed, n, shift=0.0):
    rng = np.random.default_rng(seed)
    weights = rng.choice([1.0, 2.0, -0.5], n, p=[0.6, 0.3, 0.1])
    return rng.exponential(1 + shift, (n, 2)).astype(np.float32), weights


@given(
    arrays(np.float64, (12, 3), elements=st.floats(-1e3, 1e3)),
    arrays(np.float64, 12, elements=st.floats(0.1, 10)),
    st.integers(0, 12),
)
def test_it_does_not_matter_in_which_portions_events_are_added(values, weights, cut):
    whole = fill(values, weights)
    np.testing.assert_allclose(
        whole.get_mean(), np.average(values, axis=0, weights=weights), atol=1e-9
    )
    joint = fill(values[:cut], weights[:cut]).join(fill(values[cut:], weights[cut:]))
    assert (joint.events, joint.weight) == (12, pytest.approx(whole.weight))
    np.testing.assert_allclose(joint.get_mean(), whole.get_mean(), rtol=1e-9, atol=1e-9)
    found = joint.sum_squares(2.0, np.ones(3))
    expected = (weights**2) @ (2 * values + 1) ** 2
    np.testing.assert_allclose(found, expected, rtol=1e-9, atol=1e-6)


@pytest.mark.parametrize("is_part", [True, False])
def test_the_uncertainty_is_the_spread_over_repeated_experiments(is_part):
    (x, w), (y, v) = make_events(1, 600, shift=1), make_events(2, 1500)
    difference = compare_means(fill(x, w), fill(y, v), is_part=is_part)
    rng = np.random.default_rng(3)
    drawn = []
    for _ in range(600):
        a, b = w * rng.poisson(1, len(w)), v * rng.poisson(1, len(v))
        again = compare_means(fill(x, a), fill(y, b), is_part=is_part)
        drawn.append(again.mean - again.whole)
    spread = np.std(drawn, axis=0)
    np.testing.assert_allclose(difference.uncertainty, spread, rtol=0.12)


def test_a_part_is_compared_with_all_events():
    (x, w), (y, v) = make_events(1, 300), make_events(2, 500)
    difference = compare_means(fill(x, w), fill(y, v), is_part=True)
    expected = np.average(np.vstack([x, y]), axis=0, weights=np.concatenate([w, v]))
    np.testing.assert_allclose(difference.whole, expected, rtol=1e-6)
    apart = compare_means(fill(x, w), fill(y, v), is_part=False)
    np.testing.assert_allclose(apart.whole, np.average(y, axis=0, weights=v), rtol=1e-6)


def test_one_event_is_as_uncertain_as_the_background_scatters():
    y, v = make_events(2, 500)
    v = np.ones_like(v)
    one = fill(np.full((1, 2), 5.0), np.ones(1))
    found = compare_means(one, fill(y, v), is_part=False).uncertainty
    np.testing.assert_allclose(found, y.std(axis=0), rtol=0.01)


def test_without_positive_weight_nothing_is_claimed():
    y, v = make_events(2, 50)
    for group, rest in [((y, -np.abs(v)), (y, np.abs(v))), ((y, np.abs(v)), (y[:0], v[:0]))]:
        difference = compare_means(fill(*group), fill(*rest), is_part=False)
        assert np.isnan(difference.uncertainty).all()


def test_what_is_not_finite_is_none():
    assert list_finite(np.array([[1.0, np.nan], [np.inf, 0.0]])) == [[1.0, None], [None, 0.0]]
