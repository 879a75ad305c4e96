"""Tables of events with the columns of a representation."""

import numpy as np
import pyarrow as pa
import pytest

from other_representations import DESCRIPTIONS, show_events
from rapidmass.representations.registry import make_representation
from rapidmass.representations.tables import decode, get_elements, make_table
from synthetic_megasets import make_events


def test_elements_come_as_columns():
    table = make_events(50)
    found = get_elements(table, ["m_ljet0_ele0", "met"])
    x = decode(table).fill(padding=np.nan)
    assert found.column_names == ["m_ljet0_ele0", "met"]
    np.testing.assert_array_equal(found["met"].to_numpy(), x[:, 0])
    assert np.isnan(found["m_ljet0_ele0"].to_numpy()).any()
    few = get_elements(show_events("table", 200), ["met", "m_ll"], absent=-1.0)
    assert (few["m_ll"].to_numpy() == -1.0).any()
    with pytest.raises(ValueError, match="no element 'm_lll'"):
        get_elements(show_events("table", 3), ["m_lll"])


def test_no_column_comes_twice():
    representation = make_representation(DESCRIPTIONS["table"])
    encoded = {"feature:met": pa.array([1.0])}
    with pytest.raises(ValueError, match="'feature:met', as the events have"):
        make_table(representation, encoded, encoded)
