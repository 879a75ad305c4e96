import copy
import json

from rapidmass.plotting.significance import draw_significance
from rapidmass.provenance.atomic_files import read_json


def test_numbers_are_those_of_the_scan(analysis, tmp_path):
    scan = read_json(analysis.products.scans["SUSY_800p50"])
    draw_significance(analysis.frame, "SUSY_800p50", scan, tmp_path / "z")
    drawn = json.loads((tmp_path / "z.json").read_text())
    for curve, cut in zip(drawn["cuts"], scan["cuts"], strict=True):
        for name in (
            "met",
            "asimov",
            "asimov_uncertainty",
            "profiled",
            "simple",
            "s",
            "b",
            "effective",
        ):
            assert curve[name] == cut["met_scan"][name]
    assert None in drawn["cuts"][-1]["asimov"]


def test_a_scan_without_any_significance_can_be_drawn(analysis, tmp_path):
    scan = copy.deepcopy(read_json(analysis.products.scans["SUSY_800p50"]))
    for cut in scan["cuts"]:
        for name in ("asimov", "asimov_uncertainty", "profiled", "simple"):
            cut["met_scan"][name] = [None] * len(cut["met_scan"]["met"])
    draw_significance(analysis.frame, "SUSY_800p50", scan, tmp_path / "z")
    drawn = json.loads((tmp_path / "z.json").read_text())
    assert all(value is None for cut in drawn["cuts"] for value in cut["asimov"])
