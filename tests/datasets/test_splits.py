import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rapidmass.datasets.splits import select_part

KEYS = np.arange(20_000, dtype=np.uint64) * np.uint64(0x9E3779B97F4A7C15)


@given(st.floats(0, 0.999))
def test_every_event_is_in_one_part(fraction):
    training = select_part(KEYS, "training", fraction)
    validation = select_part(KEYS, "validation", fraction)
    assert np.array_equal(training, ~validation)
    assert abs(validation.mean() - fraction) < 5 * np.sqrt(0.25 / len(KEYS))


@given(st.randoms(use_true_random=False))
def test_the_part_of_an_event_knows_nothing_of_other_events(random):
    order = list(range(100))
    random.shuffle(order)
    whole = select_part(KEYS[:100], "validation", 0.3)
    assert np.array_equal(select_part(KEYS[order], "validation", 0.3), whole[order])


@given(st.floats(0, 0.999), st.floats(0, 0.999))
def test_a_larger_validation_part_holds_the_smaller(a, b):
    small = select_part(KEYS, "validation", min(a, b))
    assert select_part(KEYS, "validation", max(a, b))[small].all()


@pytest.mark.parametrize("fraction", [-0.1, 1.0, np.nan])
def test_bad_fractions_are_refused(fraction):
    with pytest.raises(ValueError, match=r"not in \[0, 1\)"):
        select_part(KEYS, "training", fraction)
