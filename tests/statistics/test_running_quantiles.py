import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rapidmass.statistics.running_quantiles import RunningQuantiles
from rapidmass.statistics.weighted_events import find_weighted_quantiles

SHARES = [0.0, 0.1, 0.5, 0.9, 1.0]


@given(
    values=st.lists(st.integers(-20, 20), min_size=1, max_size=60),
    ends=st.lists(st.integers(0, 60), max_size=5),
    seed=st.integers(0, 99),
)
def test_pieces_have_the_quantiles_of_all(values, ends, seed):
    """Whole numbers as weights have no roundings; some are negative."""
    rng = np.random.default_rng(seed)
    score = np.sort(np.array(values, dtype=np.float64))
    weight = rng.integers(-2, 5, len(score)).astype(np.float64)
    weight[0] += 1 - min(weight.sum(), 0)
    running = RunningQuantiles(weight.sum(), SHARES)
    # equal values come together
    starts = sorted({0, *np.searchsorted(score, [score[min(e, len(score) - 1)] for e in ends])})
    for first, last in zip(starts, [*starts[1:], len(score)], strict=True):
        running.add(score[first:last], weight[first:last])
    found = running.finish()
    np.testing.assert_array_equal(found, find_weighted_quantiles(score, weight, SHARES))
    for value, below, upto in zip(found[1:], running.below[1:], running.upto[1:], strict=True):
        assert below == weight[score < value].sum()
        assert upto == weight[score <= value].sum()


def test_what_roundings_keep_from_being_reached_is_the_largest():
    running = RunningQuantiles(1.0 + 1e-9, [1.0])
    running.add(np.array([1.0, 2.0]), np.array([0.5, 0.5]))
    assert running.found[0] == np.inf
    assert running.finish()[0] == 2.0
    assert (running.below[0], running.upto[0]) == pytest.approx((0.5, 1.0))
