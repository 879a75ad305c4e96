"""Integers of all types and sizes are added, multiplied and divided without a loss."""

import numpy as np

from rapidmass.columnar.arithmetic import calculate
from rapidmass.columnar.jagged import Jagged


def test_a_part_of_integers_without_sign_is_of_the_same_kind_as_the_others():
    """The large number is of an event without members."""
    flat = np.array([2**64 - 1, 5], np.uint64)
    members = Jagged(np.array([0, 0, 2]), np.array([3, 4]))
    found = calculate("+", flat, members)
    assert found.content.dtype == np.int64
    assert found.content.tolist() == [8, 9]
    assert calculate("-", 0, flat[1:]).tolist() == [-5]
