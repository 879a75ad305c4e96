"""Numbers of an event become lists of objects."""

import math
from itertools import chain

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rapidmass.columnar.expressions import Expression
from rapidmass.columnar.flat import gather_members
from rapidmass.columnar.jagged import Jagged

NUMBERS = st.one_of(st.floats(-5, 5), st.just(math.nan))


@given(st.lists(st.tuples(NUMBERS, NUMBERS, NUMBERS, st.booleans()), max_size=20))
def test_members_are_those_that_are_there_in_their_order(rows):
    columns = np.array([row[:3] for row in rows]).reshape(len(rows), 3).T
    names = dict(zip(("x1", "x2", "x3"), columns, strict=True))
    names["seen"] = np.array([row[3] for row in rows], dtype=bool)
    found = Expression("members(x1 > 0, x1, x2 > 0, x2, seen, x3)").evaluate(names)
    expected = [[x for x in (a, b) if x > 0] + [c] * seen for a, b, c, seen in rows]
    assert found.counts.tolist() == [len(members) for members in expected]
    np.testing.assert_array_equal(found.content, list(chain(*expected)))


def test_numbers_keep_their_kind():
    column = np.arange(3, dtype=np.float32)
    assert gather_members(True, column, column > 1, column).content.dtype == np.float32
    mask = gather_members(True, column > 0, column > 1, column > 0)
    assert mask.content.tolist() == [False, True, True, True]
    assert mask.counts.tolist() == [1, 1, 2]


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("members(x > 0)", "it is members"),
        ("members()", "it is members"),
        ("members(x > 0, pt)", "not of lists"),
        ("members(1 > 0, 2)", "needs a branch"),
        ("members(x, y)", "what tells whether a member is there must be true or false"),
        ("members(x > 0, y)", "shape"),
    ],
)
def test_what_makes_no_list_is_named(text, reason):
    names = {"x": np.ones(3), "y": np.ones(2), "pt": Jagged(np.array([0, 1, 1, 2]), np.ones(2))}
    with pytest.raises(ValueError, match=reason):
        Expression(text).evaluate(names)
