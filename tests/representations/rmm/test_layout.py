"""The layout names every cell, from its settings alone."""

import pytest

from rapidmass.representations.base import select_elements
from rapidmass.representations.rmm.layout import Layout
from rapidmass.representations.rmm.representation import RapidityMassMatrix


def test_default_layout_is_the_one_of_the_earlier_analysis():
    layout = Layout()
    assert layout.size == 23
    assert layout.n_cells == 529
    assert layout.slots[:3] == ("met", "ljet0", "ljet1")
    assert layout.slots[-1] == "muo4"


def test_every_cell_has_a_name_of_its_own():
    layout = Layout(types={"a": 11, "b": 2})
    assert len(set(layout.cell_names)) == layout.n_cells


@pytest.mark.parametrize(
    ("name", "row", "column"),
    [
        ("met", 0, 0),
        ("mT_ele0", 0, 3),
        ("hL_ele0", 3, 0),
        ("eT_ele0", 3, 3),
        ("deT_ele1", 4, 4),
        ("m_jet1_ele0", 2, 3),
        ("h_jet1_ele0", 3, 2),
    ],
)
def test_names_say_which_cell_is_meant(name, row, column):
    layout = Layout(types={"jet": 2, "ele": 2})
    assert layout.find_cell(name) == row * layout.size + column


def test_ten_slots_do_not_confuse_first_and_later_objects():
    layout = Layout(types={"jet": 11})
    assert layout.find_cell("eT_jet0") == 1 * 12 + 1
    assert layout.find_cell("deT_jet10") == 11 * 12 + 11


def test_cells_can_be_left_out_by_pattern():
    layout = Layout(types={"jet": 2, "ele": 1})
    kept = select_elements(RapidityMassMatrix(layout), ["m_jet0_*", "met"])
    left_out = {layout.find_cell(n) for n in ("met", "m_jet0_jet1", "m_jet0_ele0")}
    assert set(range(layout.n_cells)) - set(kept.tolist()) == left_out


def test_a_pattern_that_matches_nothing_is_an_error():
    with pytest.raises(ValueError, match="m_jte0"):
        select_elements(RapidityMassMatrix(Layout(types={"jet": 2})), ["m_jte0_*"])


def test_excluding_everything_is_an_error():
    with pytest.raises(ValueError, match="nothing"):
        select_elements(RapidityMassMatrix(Layout(types={"jet": 2})), ["*"])


@pytest.mark.parametrize(
    "settings",
    [
        {"types": {}},
        {"types": {"jet": 0}},
        {"types": {"jet": 256}},
        {"types": {"b-jet": 1}},
        {"convention": "other"},
        {"sqrt_s": 0.0},
        {"angular_scale": -1.0},
    ],
)
def test_impossible_layouts_are_refused(settings):
    with pytest.raises(ValueError, match=r"type|convention|positive"):
        Layout(**settings)


def test_unknown_cell_is_an_error():
    with pytest.raises(ValueError, match="m_foo"):
        Layout().find_cell("m_foo")


def test_a_layout_is_restored_from_its_description():
    layout = Layout(types={"a": 1, "b": 2}, convention="reference")
    assert Layout(**layout.describe()) == layout
    assert hash(Layout(**layout.describe())) == hash(layout)


def test_the_order_of_types_matters():
    assert Layout(types={"a": 1, "b": 2}) != Layout(types={"b": 2, "a": 1})


def test_two_slots_never_have_one_name():
    with pytest.raises(ValueError, match="two object types have the slot ele10: rename one of"):
        Layout(types={"ele": 12, "ele1": 2})
    assert len(set(Layout(types={"ele": 10, "ele1": 2}).slots)) == 13
