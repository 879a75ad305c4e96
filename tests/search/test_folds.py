import numpy as np
import pytest

from rapidmass.search.folds import HalvedEvents, sum_halves
from synthetic_shifts import BACKGROUND, CHANNELS, SETTINGS, SIGNAL

THRESHOLDS = np.array([0.2, 0.6])


def test_each_event_is_in_one_half_and_has_one_channel():
    halved = HalvedEvents.make(BACKGROUND, CHANNELS)
    assert set(halved.folds.tolist()) == {0, 1}
    np.testing.assert_array_equal(sum(halved.members.values()), np.ones(len(BACKGROUND.key)))


def test_own_and_other_thresholds():
    halved = HalvedEvents.make(BACKGROUND)
    first = halved.folds == 0
    np.testing.assert_array_equal(halved.cross(THRESHOLDS)[first], BACKGROUND.score[first] > 0.6)
    own = halved.mark_own(THRESHOLDS, 0)
    np.testing.assert_array_equal(own, first & (BACKGROUND.score > 0.2))


def test_halves_sum_to_what_passes():
    halved = HalvedEvents.make(BACKGROUND), HalvedEvents.make(SIGNAL)
    sums = sum_halves(*halved, THRESHOLDS, SETTINGS.met)
    total = sums.crossed[0].add(sums.crossed[1])
    for kind, some in zip("bs", halved, strict=True):
        passed = some.cross(THRESHOLDS)
        assert getattr(total, kind)[0] == pytest.approx(some.events.weight[passed].sum())
        above = passed & (some.events.variables["met"] >= 100)
        assert getattr(total, kind)[5] == pytest.approx(some.events.weight[above].sum())
    mine = halved[0].mark_own(THRESHOLDS, 1)
    assert sums.own[1].b[0] == pytest.approx(BACKGROUND.weight[mine].sum())
