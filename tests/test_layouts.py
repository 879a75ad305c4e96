from pathlib import Path

import pytest

from rapidmass.layouts import check_layout, describe_layout
from rapidmass.rmm import Layout
from synthetic_megasets import LAYOUT, make_events

PATH = Path("some.parquet")


def test_a_layout_is_restored_from_its_description():
    assert Layout(**describe_layout(LAYOUT)) == LAYOUT


def test_equal_layouts_pass():
    check_layout(LAYOUT, make_events(1).schema, PATH)


@pytest.mark.parametrize(
    "other",
    [
        Layout(types={"ljet": 2, "ele": 2, "muo": 2}),
        Layout(types={"ele": 2, "ljet": 2, "muo": 1}),
        Layout(types=LAYOUT.types, convention="reference"),
        Layout(types=LAYOUT.types, sqrt_s=13600),
    ],
    ids=["slots", "order", "convention", "energy"],
)
def test_other_layouts_are_refused(other):
    with pytest.raises(ValueError, match=r"some\.parquet holds matrices of the layout"):
        check_layout(other, make_events(1).schema, PATH)
