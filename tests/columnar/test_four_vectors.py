"""Objects of events in order, however many there are."""

import time

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rapidmass.columnar.four_vectors import LONG_LIST, FourVectors, count_offsets


def make_objects(counts, pt):
    """Objects whose eta says which they are."""
    number = np.arange(len(pt), dtype=np.float64)
    return FourVectors(count_offsets(np.array(counts)), pt, number, 0 * pt, 0 * pt)


@settings(deadline=None)  # the first time, it is compiled
@given(
    counts=st.lists(st.sampled_from([0, 1, 3, LONG_LIST, LONG_LIST + 1, 400]), max_size=4),
    seed=st.integers(0, 1000),
)
def test_short_and_long_lists_are_ordered_alike_and_equal_momenta_keep_their_order(counts, seed):
    rng = np.random.default_rng(seed)
    total = sum(counts)
    pt = np.round(rng.exponential(20, total)) + 1
    chosen = rng.uniform(size=total) < 0.7
    objects = make_objects(counts, pt)
    ordered = objects.select(chosen)
    expected = [
        members[np.argsort(-pt[members], kind="stable")]
        for start, stop in zip(objects.offsets, objects.offsets[1:], strict=False)
        for members in [np.arange(start, stop)[chosen[start:stop]]]
    ]
    np.testing.assert_array_equal(ordered.eta, np.concatenate([*expected, np.zeros(0)]))
    np.testing.assert_array_equal(ordered.counts, [len(members) for members in expected])


@pytest.mark.parametrize("turn", [1, -1])
def test_a_very_long_list_is_no_hang(turn):
    """Insertion alone, which is quadratic in the length, would take far longer than allowed."""
    pt = np.arange(1.0, 2_000_001.0)[::turn]
    start = time.perf_counter()
    ordered = make_objects([len(pt)], pt.copy()).order()
    assert time.perf_counter() - start < 120
    assert np.all(np.diff(ordered.pt) < 0)
