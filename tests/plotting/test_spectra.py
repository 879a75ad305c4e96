import copy
import json

import numpy as np
from PIL import Image

from rapidmass.plotting.spectra import draw_spectrum
from rapidmass.provenance.atomic_files import read_json


def test_numbers_are_those_of_the_scan(analysis, tmp_path):
    scans = {name: read_json(path) for name, path in analysis.products.scans.items()}
    cuts = {name: scan["cuts"][2] for name, scan in scans.items()}
    draw_spectrum(analysis.frame, "met", cuts, tmp_path / "met")
    drawn = json.loads((tmp_path / "met.json").read_text())
    assert drawn["quantile"] == 0.9
    for name, cut in cuts.items():
        assert drawn["signals"][name] == cut["spectra"]["met"]["signal"]
        for channel in analysis.channels:
            assert drawn["channels"][channel] == cut["spectra"]["met"]["channels"][channel]
    expected = next(iter(cuts.values()))["background"]
    np.testing.assert_allclose(sum(drawn["background"]["values"]), expected["expected"])
    np.testing.assert_allclose(sum(drawn["background"]["variances"]), expected["variance"])
    assert len(np.unique(np.asarray(Image.open(tmp_path / "met.png")).reshape(-1, 4), axis=0)) > 20


def test_empty_and_negative_channels_can_be_drawn(analysis, tmp_path):
    cut = copy.deepcopy(read_json(analysis.products.scans["SUSY_450p300"])["cuts"][0])
    spectrum = cut["spectra"]["met"]
    bins = len(spectrum["edges"]) - 1
    spectrum["channels"]["ttbar"]["values"] = [-1.0] * bins
    for empty in (spectrum["channels"]["Zjets"], spectrum["signal"]):
        empty["values"] = empty["variances"] = [0.0] * bins
    draw_spectrum(analysis.frame, "met", {"SUSY_450p300": cut}, tmp_path / "met")
    drawn = json.loads((tmp_path / "met.json").read_text())
    assert drawn["channels"]["ttbar"]["values"] == [-1.0] * bins
    expected = np.array(spectrum["channels"]["diboson"]["values"]) - 1
    np.testing.assert_allclose(drawn["background"]["values"], expected)
