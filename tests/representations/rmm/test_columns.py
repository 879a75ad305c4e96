"""Tables: rows and their matrices stay together, and layouts are told apart."""

from pathlib import Path

import numpy as np
import pytest

from rapidmass.representations.registry import check_representation
from rapidmass.representations.rmm.layout import Layout
from rapidmass.representations.rmm.representation import RapidityMassMatrix
from rapidmass.representations.tables import decode, get_elements
from synthetic_megasets import LAYOUT, make_events

N = 2000


@pytest.fixture(scope="module")
def table():
    return make_events(N)


def test_slices_keep_rows_and_matrices_together(table):
    some = table.slice(1000, 50)
    whole = decode(table).fill()
    np.testing.assert_array_equal(decode(some).fill(), whole[1000:1050])


def test_named_cells_tell_absent_from_zero(table):
    cells = get_elements(table, ["met", "m_ljet0_ele0", "hL_ele1"])
    assert cells.column_names == ["met", "m_ljet0_ele0", "hL_ele1"]
    np.testing.assert_array_equal(cells["met"].to_numpy(), table["met"].to_numpy())
    n_jet, n_ele = table["n_ljet"].to_numpy(), table["n_ele"].to_numpy()
    np.testing.assert_array_equal(
        np.isnan(cells["m_ljet0_ele0"].to_numpy()), (n_jet == 0) | (n_ele == 0)
    )
    np.testing.assert_array_equal(np.isnan(cells["hL_ele1"].to_numpy()), n_ele < 2)
    assert len(cells.to_pandas()) == N


def test_equal_layouts_pass(table):
    check_representation(RapidityMassMatrix(LAYOUT), table.schema, Path("some.parquet"))


@pytest.mark.parametrize(
    "other",
    [
        Layout(types={"ljet": 2, "ele": 3, "muo": 1}),
        Layout(types={"ele": 2, "ljet": 2, "muo": 1}),
        Layout(types=LAYOUT.types, convention="reference"),
        Layout(types=LAYOUT.types, sqrt_s=13600),
    ],
    ids=["slots", "order", "convention", "energy"],
)
def test_other_layouts_are_refused(table, other):
    with pytest.raises(ValueError, match=r"some\.parquet holds events as"):
        check_representation(RapidityMassMatrix(other), table.schema, Path("some.parquet"))
