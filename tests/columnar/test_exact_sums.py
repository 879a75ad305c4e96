"""Exact sums: neither order nor grouping changes a bit."""

import math

from hypothesis import given
from hypothesis import strategies as st

from rapidmass.columnar.exact_sums import add_exactly

NUMBERS = st.lists(st.floats(-1e200, 1e200), max_size=30)


@given(NUMBERS, NUMBERS, st.randoms(use_true_random=False))
def test_grouping_and_order_do_not_matter(first, second, random):
    together = [*first, *second]
    shuffled = sorted(together, key=lambda _: random.random())
    found = add_exactly(together)
    assert found == add_exactly([*add_exactly(first), *add_exactly(second)])
    assert found == add_exactly(shuffled)
    assert found[0] == math.fsum(together)


def test_what_rounding_leaves_out_is_kept():
    assert add_exactly([1.0, 1e-30]) == [1.0, 1e-30]
    assert add_exactly([1.0, 1e-30, -1.0]) == [1e-30]
    assert add_exactly([]) == [0.0]


def test_a_sum_that_is_not_finite_is_one_number():
    assert add_exactly([1e308, 1e308, 1.0]) == [math.inf]
    assert add_exactly([-1e308, -1e308]) == [-math.inf]
    assert add_exactly([math.inf, 1.0]) == [math.inf]
