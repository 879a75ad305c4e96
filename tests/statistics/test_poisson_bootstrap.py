import numpy as np
import pytest
from scipy.stats import poisson

from rapidmass.statistics.poisson_bootstrap import (
    BETTER,
    NOT_BETTER,
    UNDECIDED,
    draw_copies,
    judge_difference,
)

KEYS = np.random.default_rng(1).integers(0, 2**64, 200_000, dtype=np.uint64)


def test_copies_are_poisson_numbers_that_belong_to_events():
    copies = draw_copies(KEYS, 3, "background")
    for number in range(5):
        expected = poisson.pmf(number, 1)
        deviation = np.sqrt(expected * (1 - expected) / len(KEYS))
        assert np.mean(copies == number) == pytest.approx(expected, abs=4 * deviation)
    np.testing.assert_array_equal(draw_copies(KEYS[::-1], 3, "background"), copies[::-1])
    for other in (draw_copies(KEYS, 4, "background"), draw_copies(KEYS, 3, "signal")):
        assert abs(np.corrcoef(copies, other)[0, 1]) < 4 / np.sqrt(len(KEYS))


def _measure_means(rng, shift, n=200):
    """Two measurements of the same events, and their means in replicas."""
    shared = rng.normal(size=n)
    values = shared + rng.normal(0, 0.3, n), shared + rng.normal(shift, 0.3, n)
    keys = rng.integers(0, 2**64, n, dtype=np.uint64)
    copies = np.array([draw_copies(keys, replica, "x") for replica in range(100)])
    replicas = [((copies @ value) / copies.sum(axis=1)).tolist() for value in values]
    return float(values[0].mean()), float(values[1].mean()), *replicas


def test_equal_results_are_rarely_said_to_differ():
    rng = np.random.default_rng(2)
    verdicts = [judge_difference(*_measure_means(rng, 0.0)) for _ in range(400)]
    for verdict in (BETTER, NOT_BETTER):
        # 5 % on each side, and three standard deviations of 400 toys
        assert verdicts.count(verdict) / 400 == pytest.approx(0.05, abs=0.034)


def test_what_events_share_falls_out():
    """A shift of little more than the uncertainty of either mean is seen."""
    rng = np.random.default_rng(3)
    verdicts = [judge_difference(*_measure_means(rng, -0.1)) for _ in range(100)]
    assert verdicts.count(BETTER) > 85
    verdicts = [judge_difference(*_measure_means(rng, 0.1)) for _ in range(100)]
    assert verdicts.count(NOT_BETTER) > 85


def test_what_is_undefined_is_undecided():
    some = [1.0, 2.0, 3.0, 4.0, 5.0]
    assert judge_difference(None, 1.0, some, some) == UNDECIDED
    assert judge_difference(9.0, 1.0, [], []) == UNDECIDED
    assert judge_difference(9.0, 1.0, some, [None, None, *some[2:]]) == UNDECIDED
    assert judge_difference(9.0, 1.0, some, [None, 1.0, 2.0, 3.0, 4.5]) == BETTER
