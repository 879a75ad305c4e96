import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from rapidmass.datasets.folds import Fold, find_folds, is_seen, is_test, is_unseen
from rapidmass.statistics.folds import draw_folds

KEYS = np.random.default_rng(1).integers(0, 2**64, 20_000, dtype=np.uint64)


@given(st.integers(2, 20), st.lists(st.integers(0, 2**64 - 1)))
def test_every_event_is_in_one_fold_and_the_first_one_is_a_test_set(number, keys):
    keys = np.array(keys, dtype=np.uint64)
    folds = find_folds(keys, number)
    assert ((folds >= 0) & (folds < number)).all()
    assert np.array_equal(folds == 0, is_test(keys, 1 / number))
    seen = np.array([is_seen(keys, Fold(fold, number)) for fold in range(number)])
    assert (seen.sum(axis=0) == number - 1).all()


def test_folds_are_of_equal_size_and_independent_of_the_halves_that_choose_cuts():
    number = 5
    counts = np.zeros((number, 2))
    np.add.at(counts, (find_folds(KEYS, number), draw_folds(KEYS)), 1)
    expected = len(KEYS) / 10
    assert (abs(counts - expected) < 4 * np.sqrt(expected)).all()


def test_without_folds_nothing_is_left_out():
    assert is_seen(KEYS, None).all()
    assert is_unseen(KEYS, None).all()
    assert np.array_equal(is_unseen(KEYS, Fold(2, 3)), find_folds(KEYS, 3) == 2)
