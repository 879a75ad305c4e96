"""Jagged arrays do what awkward does, at the elements and over the members."""

import awkward as ak
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rapidmass.columnar.jagged import Jagged, spread

ROWS = st.lists(st.lists(st.floats(-100, 100), max_size=5), min_size=1, max_size=12)


def make(rows):
    content = np.array([number for row in rows for number in row], dtype=np.float64)
    array = ak.unflatten(ak.Array(content), [len(row) for row in rows])
    return Jagged(np.cumsum([0, *map(len, rows)]), content), array


def to_list(jagged):
    return ak.unflatten(ak.Array(jagged.content), jagged.counts).to_list()


@given(ROWS, st.floats(-5, 5))
def test_functions_of_elements_follow_numpy_and_awkward(rows, number):
    found, array = make(rows)
    each = np.arange(len(rows))
    assert to_list(np.cosh(found / 50) * number) == (np.cosh(array / 50) * number).to_list()
    assert to_list(each - found) == (each - array).to_list()
    assert (
        to_list((found > number) & ~(found > each))
        == ((array > number) & ~(array > each)).to_list()
    )


@given(ROWS)
def test_reductions_know_events_without_members(rows):
    found, array = make(rows)
    np.testing.assert_allclose(found.reduce(np.add, 0), ak.sum(array, axis=1), atol=1e-9)
    largest = ak.fill_none(ak.max(array, axis=1), np.nan)
    np.testing.assert_array_equal(found.reduce(np.maximum, np.nan), largest)


def test_other_members_or_events_do_not_fit():
    first, _ = make([[1, 2], [], [3]])
    second, _ = make([[1, 2], [3], []])
    with pytest.raises(ValueError, match="event 1 has 1 members on one side and 0 on the other"):
        first + second
    with pytest.raises(ValueError, match="there are 2 events on one side and 3 on the other"):
        first + np.arange(2)
    assert to_list(spread(7, first)) == [[7, 7], [], [7]]
    with pytest.raises(TypeError):
        np.add.reduce(first)
