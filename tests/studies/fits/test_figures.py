import json
from dataclasses import replace

import numpy as np
import pytest
from PIL import Image

from rapidmass.studies.fits.figures import draw_limits, draw_ranking, draw_templates

SIGNAL = "SUSY_450p300"


def read_colours(path):
    return np.asarray(Image.open(path).convert("RGB")).reshape(-1, 3)


@pytest.fixture
def frame(analysis):
    return replace(analysis.frame, channels=["A", "B"])


def test_limits_are_in_femtobarn(frame, make_found, tmp_path):
    found = make_found()
    none = {**found, "limits": None}
    draw_limits(frame, SIGNAL, {"vae": found, "met": none}, tmp_path / "limits")
    drawn = json.loads((tmp_path / "limits.json").read_text())
    assert drawn["cross_section_fb"] == 20
    assert drawn["limits_fb"]["vae"]["0"] == pytest.approx(1000 * found["limits"]["0"])
    assert drawn["limits_fb"]["met"] == {}
    pixels = read_colours(tmp_path / "limits.png")
    for colour in ((245, 187, 84), (96, 118, 65), (189, 31, 1)):
        assert (pixels == colour).all(axis=1).sum() > 500


def test_observed_limits_are_points(frame, make_found, tmp_path):
    seen = make_found(observed=True)
    draw_limits(frame, SIGNAL, {"vae": seen}, tmp_path / "limits")
    drawn = json.loads((tmp_path / "limits.json").read_text())
    assert drawn["observed_fb"]["vae"]["observed"] == pytest.approx(
        1000 * seen["observed"]["limits"]["observed"]
    )


@pytest.mark.parametrize("observed", [False, True])
def test_templates_show_all_bins(frame, make_found, tmp_path, observed):
    found = make_found(observed=observed)
    draw_templates(frame, SIGNAL, found, tmp_path / "templates")
    drawn = json.loads((tmp_path / "templates.json").read_text())
    assert drawn["bins"]["background"] == found["bins"]["background"]
    assert (drawn["fitted_background"] is not None) == observed
    fitted = (read_colours(tmp_path / "templates.png") == (189, 31, 1)).all(axis=1).sum()
    assert (fitted > 100) == observed


def test_the_ranking_has_all_parameters(frame, make_found, tmp_path):
    draw_ranking(frame, SIGNAL, make_found(observed=True), tmp_path / "ranking")
    drawn = json.loads((tmp_path / "ranking.json").read_text())
    names = [one["name"] for one in drawn["parameters"]]
    assert sorted(names) == ["background_normalisation", "simulation"]
    assert list(drawn["pulls"]) == ["background_normalisation"]
