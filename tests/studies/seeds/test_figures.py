"""Figures of the spread over seeds."""

import copy
import json

import pytest

from rapidmass.studies.seeds.figures import draw_bands, draw_curves
from synthetic_scores import FRAME, SIGNALS, measure_trainings


@pytest.fixture(scope="module")
def measured(tmp_path_factory):
    return measure_trainings(tmp_path_factory.mktemp("scores"))


@pytest.mark.parametrize("draw", [draw_bands, draw_curves])
def test_a_wider_band_is_seen(draw, measured, tmp_path):
    wide = copy.deepcopy(measured)
    for bin_ in wide["signals"][SIGNALS[0]]["shape"] + wide["signals"][SIGNALS[0]]["roc"]:
        if bin_["spread"] is not None:
            bin_["spread"] *= 3
    pictures = []
    for name, content in (("a", measured), ("b", wide)):
        draw(FRAME, "ae", content, tmp_path / name)
        pictures.append((tmp_path / f"{name}.png").read_bytes())
    assert pictures[0] != pictures[1]


def test_the_numbers_are_those_measured(measured, tmp_path):
    draw_bands(FRAME, "ae-latent", measured, tmp_path / "bands")
    draw_curves(FRAME, "ae-latent", measured, tmp_path / "curves")
    bands, curves = (
        json.loads((tmp_path / f"{name}.json").read_text()) for name in ("bands", "curves")
    )
    assert bands["architecture"] == "ae-latent"
    assert list(bands["shapes"]) == ["background", *SIGNALS]
    assert bands["shapes"]["background"] == measured["background"]["shape"]
    assert curves["signal_efficiency"][SIGNALS[1]] == measured["signals"][SIGNALS[1]]["roc"]
    assert curves["background_efficiency"] == measured["roc_efficiencies"]


def test_nothing_defined_can_be_drawn(measured, tmp_path):
    empty = copy.deepcopy(measured)
    for found in empty["signals"].values():
        for bin_ in found["roc"]:
            bin_.update(dict.fromkeys(("mean", "spread", "low", "high")))
    draw_curves(FRAME, "ae", empty, tmp_path / "curves")
    assert (tmp_path / "curves.png").stat().st_size > 1000
