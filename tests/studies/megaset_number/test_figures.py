"""Figures of the number of megasets."""

import json

import pytest

from rapidmass.studies.megaset_number.figures import draw_aucs, draw_losses, draw_shapes, draw_times
from synthetic_scores import FRAME, SIGNALS, measure_numbers


@pytest.fixture(scope="module")
def compared(tmp_path_factory):
    return measure_numbers(tmp_path_factory.mktemp("scores"))


def read(path):
    return json.loads(path.read_text())


def test_losses_stand_against_the_number(compared, tmp_path):
    draw_losses(FRAME, "ae", compared["numbers"], tmp_path / "losses")
    drawn = read(tmp_path / "losses.json")
    assert drawn["megasets"] == [1, 5, 10]
    assert drawn["validation_loss"] == pytest.approx([0.011, 0.0022, 0.0011])
    assert drawn["training_loss"] == pytest.approx([0.01, 0.002, 0.001])


def test_undefined_losses_leave_a_gap(compared, tmp_path):
    numbers = [{**found, "validation_loss": None} for found in compared["numbers"]]
    draw_losses(FRAME, "ae", numbers, tmp_path / "losses")
    assert read(tmp_path / "losses.json")["validation_loss"] == [None] * 3


def test_aucs_have_their_uncertainties_and_the_spread_over_seeds(compared, tmp_path):
    pictures = []
    for name, spreads in (("without", {}), ("with", {SIGNALS[0]: 0.01})):
        draw_aucs(FRAME, "ae", compared["numbers"], spreads, tmp_path / name)
        pictures.append((tmp_path / f"{name}.png").read_bytes())
        assert read(tmp_path / f"{name}.json")["spreads"] == spreads
    assert pictures[0] != pictures[1]
    drawn = read(tmp_path / "with.json")["signals"]
    for signal in SIGNALS:
        for key in ("auc", "auc_uncertainty"):
            expected = [found["signals"][signal][key] for found in compared["numbers"]]
            assert drawn[signal][key] == expected


def test_shapes_are_those_of_each_number(compared, tmp_path):
    draw_shapes(FRAME, "ae", compared["edges"], compared["numbers"], tmp_path / "scores")
    drawn = read(tmp_path / "scores.json")
    assert drawn["shapes"] == {
        str(found["megasets"]): found["shape"] for found in compared["numbers"]
    }


@pytest.mark.parametrize("seconds", [{"1": 60.0, "5": None}, {"1": None, "5": None}])
def test_unknown_times_are_left_out(seconds, tmp_path):
    draw_times(FRAME, {"ae": seconds}, tmp_path / "times")
    assert read(tmp_path / "times.json")["seconds"] == {"ae": seconds}
