"""Figures of channel removal: the numbers beside them are those measured."""

import json

import pytest

from rapidmass.studies.channel_removal.figures import draw_map, draw_shapes, write_auc
from synthetic_scores import CHANNELS, FLOOR, FRAME, measure_networks


@pytest.fixture(scope="module")
def groups(tmp_path_factory):
    return measure_networks(tmp_path_factory.mktemp("scores"))


def test_shapes_hold_every_channel(groups, tmp_path):
    channels = {name: groups[0]["ae"][name] for name in ("ttbar", "Wjets")}
    draw_shapes(FRAME, "ae", channels, tmp_path / "shapes")
    drawn = json.loads((tmp_path / "shapes.json").read_text())
    assert drawn["architecture"] == "ae"
    assert drawn["channels"] == json.loads(json.dumps(channels))
    assert {path.suffix for path in tmp_path.iterdir()} == {".png", ".pdf", ".json"}


def test_another_measurement_gives_another_figure(groups, tmp_path):
    channels = {name: groups[0]["ae"][name] for name in ("ttbar",)}
    swapped = json.loads(json.dumps(channels))
    found = swapped["ttbar"]["scorers"]["ae"]
    found["full"], found["without"] = found["without"], found["full"]
    pictures = []
    for name, content in (("a", channels), ("b", swapped)):
        draw_shapes(FRAME, "ae", content, tmp_path / name)
        pictures.append((tmp_path / f"{name}.png").read_bytes())
    assert pictures[0] != pictures[1]


def test_the_map_has_every_score_and_marks_small_channels(groups, tmp_path):
    networks, baselines = groups
    draw_map(FRAME, [*networks.values(), *baselines.values()], FLOOR, tmp_path / "map")
    drawn = json.loads((tmp_path / "map.json").read_text())
    assert list(drawn["auc"]) == ["ae", "ae-latent", "met"]
    assert list(drawn["auc"]["ae"]) == list(CHANNELS)
    ttbar = networks["ae"]["ttbar"]["scorers"]["ae"]
    assert drawn["auc"]["ae"]["ttbar"] == {kind: ttbar[kind]["auc"] for kind in ("without", "full")}
    assert drawn["auc"]["met"]["ttbar"]["without"] is None
    assert drawn["auc"]["ae"]["Wjets"] == {"without": None, "full": None}
    assert drawn["reliable"] == {"Zjets": True, "ttbar": True, "triboson": False, "Wjets": False}


def test_an_auc_is_written_with_its_uncertainty():
    measured = {"auc": 0.81234, "auc_uncertainty": 0.0123}
    assert write_auc(measured) == "0.812 ± 0.012"
    assert write_auc(measured, short=True) == "0.812"
    assert write_auc({"auc": None, "auc_uncertainty": None}) == "undefined"
