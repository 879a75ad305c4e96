"""Two halves: by identity, of equal size, and blind for each other."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from halves import find_at_once
from rapidmass.statistics.folds import draw_folds, pass_thresholds
from rapidmass.storage.event_keys import draw_uniform, make_event_keys

N = 400
KEY = make_event_keys(1, "b", np.ones(N, np.int64), np.arange(N, dtype=np.uint64))


def test_the_half_of_an_event_follows_from_its_identity():
    folds = draw_folds(KEY)
    order = np.random.default_rng(1).permutation(N)
    np.testing.assert_array_equal(draw_folds(KEY[order]), folds[order])
    assert abs(np.count_nonzero(folds) - N / 2) < 4 * np.sqrt(N) / 2
    # independent of which events are in the test set
    many = make_event_keys(1, "b", np.ones(20000, np.int64), np.arange(20000, dtype=np.uint64))
    tested = draw_folds(many[draw_uniform(many, "split") < 0.2])
    assert tested.mean() == pytest.approx(0.5, abs=0.03)


@given(st.integers(0, 1000), st.floats(0.1, 10))
def test_the_halves_do_not_see_each_other(seed, factor):
    """Neither scores nor weights of a half decide which of its events pass."""
    rng = np.random.default_rng(seed)
    score, weight = rng.normal(size=N), rng.exponential(size=N)
    folds = draw_folds(KEY)
    first = folds == 0
    before = pass_thresholds(score, folds, find_at_once(score, weight, folds, [0.9])[:, 0])
    other = np.where(first, weight * rng.exponential(factor, N), weight)
    after = pass_thresholds(score, folds, find_at_once(score, other, folds, [0.9])[:, 0])
    np.testing.assert_array_equal(before[first], after[first])
    # while the other half's cut comes from them
    louder = np.where(first & (score > 0), weight * 100, weight)
    moved = find_at_once(score, louder, folds, [0.9])[:, 0]
    assert moved[0] > find_at_once(score, weight, folds, [0.9])[0, 0]


def test_each_half_keeps_its_share_of_the_other():
    score = np.random.default_rng(2).normal(size=N)
    folds = draw_folds(KEY)
    thresholds = find_at_once(score, np.ones(N), folds, [0.0, 0.8])
    assert np.isinf(thresholds[:, 0]).all()
    assert pass_thresholds(score, folds, thresholds[:, 0]).all()
    for fold in (0, 1):
        kept = score[folds == fold] > thresholds[fold, 1]
        assert kept.mean() == pytest.approx(0.2, abs=1 / 150)
    passed = pass_thresholds(score, folds, thresholds[:, 1])
    assert passed.mean() == pytest.approx(0.2, abs=0.05)


def test_a_half_without_weight_is_named():
    folds = np.array([0, 0, 1], np.int8)
    with pytest.raises(ValueError, match="in half 2 the total weight"):
        find_at_once(np.arange(3.0), np.array([1.0, 1.0, -1.0]), folds, [0.5])
    with pytest.raises(ValueError, match="in half 2 there are no events"):
        find_at_once(np.arange(2.0), np.ones(2), folds[:2], [0.5])
