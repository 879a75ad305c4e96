"""Cutflows add up, and tell when nothing is left of what must not be empty."""

import pytest

from rapidmass.ntuples.format.cutflow import Cutflow, check_cutflow
from rapidmass.provenance.atomic_files import write_json

PARTS = [
    Cutflow(["all events", "trigger"], [10, 4], [5.0, 2.0], [2.5, 1.0]),
    Cutflow(["all events", "trigger"], [20, 0], [7.5, 0.0], [3.0, 0.0]),
]


def test_parts_add_up():
    whole = Cutflow.add_up(PARTS)
    assert whole == Cutflow(["all events", "trigger"], [30, 4], [12.5, 2.0], [5.5, 1.0])


def test_a_cutflow_comes_back_from_its_file(tmp_path):
    tiny = Cutflow(["all events", "trigger"], [1, 1], [1e-30, 0.0], [1e-60, 0.0])
    whole = Cutflow.add_up([*PARTS, tiny])
    assert whole.weighted_rest == [[1e-30], []]
    write_json(tmp_path / "a.json", whole.describe())
    assert Cutflow.read(tmp_path / "a.json") == whole


@pytest.mark.parametrize("role", ["signal", "data"])
def test_an_empty_signal_or_data_is_refused(role):
    with pytest.raises(ValueError, match=r"sample x passes selection y: none after 'trigger'"):
        check_cutflow(PARTS[1], "x", role, "y")


def test_an_empty_background_is_told(caplog):
    check_cutflow(PARTS[1], "x", "background", "y")
    assert "no event of background sample x" in caplog.text


def test_one_event_is_enough():
    check_cutflow(PARTS[0], "x", "signal", "y")


@pytest.mark.parametrize(
    ("steps", "raw", "expected"),
    [
        (["certified sections"], [9, 0], True),
        (["certified sections", "cut"], [9, 1, 0], False),
        (["sound numbers", "certified sections"], [9, 0, 0], False),
        (["cut"], [9, 0], False),
        ([], [9], False),
    ],
)
def test_events_of_no_certified_section_are_told_from_no_events(steps, raw, expected):
    cutflow = Cutflow(["all events", *steps], raw, [0.0] * len(raw), [0.0] * len(raw))
    assert cutflow.is_uncertified is expected


def test_events_without_sound_numbers_are_counted():
    assert (
        Cutflow(["all events", "sound numbers", "cut"], [9, 7, 1], [0.0] * 3, [0.0] * 3).unsound
        == 2
    )
    assert Cutflow(["all events", "cut"], [9, 7], [0.0] * 2, [0.0] * 2).unsound == 0
    assert Cutflow(["all events"], [9], [0.0], [0.0]).unsound == 0
