"""Outcomes that are drawn more often than nature makes them: no yield depends on it."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rapidmass.generator.importance import draw_more_often

EVENTS = 20_000


@given(
    st.lists(st.floats(0, 0.99), min_size=1, max_size=6),
    st.floats(1, 500),
    st.integers(0, 2**32 - 1),
)
def test_weight_is_the_ratio_of_the_probabilities(probabilities, boost, seed):
    p = np.array(probabilities)
    event = np.zeros(len(p), np.int64)
    drawn, weights = draw_more_often(p, event, boost, 2, np.random.default_rng(seed))
    used = np.maximum(p, np.minimum(boost * p, 0.75))
    ratios = [a / b if hit else (1 - a) / (1 - b) for a, b, hit in zip(p, used, drawn, strict=True)]
    assert weights[0] == pytest.approx(np.prod(ratios))
    # an event without candidates, and what nature draws in three of four cases or more often
    assert weights[1] == 1
    assert np.prod([r for r, a in zip(ratios, p, strict=True) if a >= 0.75]) == pytest.approx(1)


@pytest.mark.parametrize("boost", [1, 9, 100])
def test_yields_of_any_number_do_not_depend_on_the_boost(boost):
    p = np.tile([0.03, 0.2, 0.0], EVENTS)
    event = np.repeat(np.arange(EVENTS), 3)
    drawn, weights = draw_more_often(p, event, boost, EVENTS, np.random.default_rng(boost))
    counts = np.bincount(event[drawn], minlength=EVENTS)
    for number, expected in ((0, 0.97 * 0.8), (1, 0.03 * 0.8 + 0.97 * 0.2), (2, 0.03 * 0.2)):
        values = weights * (counts == number)
        error = values.std() / np.sqrt(EVENTS)
        assert values.mean() == pytest.approx(expected, abs=4 * error)
    assert not np.any(drawn[p == 0])


def test_boost_stops_at_three_quarters():
    p, event = np.full(EVENTS, 0.06), np.arange(EVENTS)
    drawn, weights = draw_more_often(p, event, 400, EVENTS, np.random.default_rng(1))
    assert drawn.mean() == pytest.approx(0.75, abs=0.02)
    assert weights.max() == pytest.approx(0.94 / 0.25)
    assert weights.min() == pytest.approx(0.08)
