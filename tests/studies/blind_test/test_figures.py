import json

import numpy as np
import pytest
from PIL import Image

from rapidmass.config.report.plots import PlotSettings
from rapidmass.plotting.style import Frame
from rapidmass.studies.blind_test.figures import (
    describe_excess,
    draw_answer,
    draw_mixture,
    draw_unmixed,
)
from synthetic_blind_test import CHANNELS, SHIFTS, SIGNALS, study

FRAME = Frame(PlotSettings(), "3lep", CHANNELS, SIGNALS, architecture="vae_deep")


@pytest.fixture(scope="module")
def result():
    return study(answered=True)


@pytest.mark.parametrize("draw", [draw_mixture, draw_answer, draw_unmixed])
def test_what_is_drawn_is_written(draw, result, tmp_path):
    draw(FRAME, result, tmp_path / "x", luminosity=1500.0)
    drawn = json.loads((tmp_path / "x.json").read_text())
    assert drawn["luminosity"] == 1500.0
    assert drawn["edges"] == result["spectrum"]["edges"]
    pixels = np.asarray(Image.open(tmp_path / "x.png").convert("RGB")).reshape(-1, 3)
    assert 0.01 < (pixels.min(axis=1) < 128).mean() < 0.9


def test_the_blind_figure_knows_no_label(result, tmp_path):
    for name, shown in (("told", result), ("blind", {**result, "answer": None})):
        draw_mixture(FRAME, shown, tmp_path / name, luminosity=1.0)
    for suffix in (".png", ".json"):
        files = [tmp_path / f"{name}{suffix}" for name in ("told", "blind")]
        assert files[0].read_bytes() == files[1].read_bytes()
    drawn = json.loads((tmp_path / "blind.json").read_text())
    assert not set(SIGNALS) & set(drawn)
    assert drawn["excess"]["local_significance"] > 5


def test_a_result_without_an_excess_can_be_drawn(result, tmp_path):
    nothing = {**result, "excess": {**result["excess"], "best": None}}
    draw_mixture(FRAME, nothing, tmp_path / "x", luminosity=1.0)
    assert json.loads((tmp_path / "x.json").read_text())["excess"] is None


def test_a_p_value_that_no_pseudo_experiment_reaches_is_a_limit():
    best = {"local_significance": -0.31, "p_value": 0.0125, "at_floor": False}
    assert describe_excess(best) == "largest excess: −0.3σ local, global p = 0.013"
    assert "p < 0.013" in describe_excess({**best, "at_floor": True})
    assert "too few" in describe_excess(None)


def test_systematic_variations_widen_the_bands(result, tmp_path):
    draw_mixture(FRAME, result, tmp_path / "without", luminosity=1.0)
    draw_mixture(FRAME, study(shifts=SHIFTS), tmp_path / "with", luminosity=1.0)
    drawn = json.loads((tmp_path / "with.json").read_text())
    assert list(drawn["systematics"]["shifts"]) == ["down", "norm", "up"]
    without = json.loads((tmp_path / "without.json").read_text())
    assert "systematics" not in without
    assert drawn["background"] == without["background"]
    pictures = [
        np.asarray(Image.open(tmp_path / f"{name}.png").convert("L"))
        for name in ("without", "with")
    ]
    lower = slice(int(0.68 * len(pictures[0])), int(0.88 * len(pictures[0])))
    hatched = [(picture[lower] < 200).mean() for picture in pictures]
    assert hatched[1] > 1.1 * hatched[0]
