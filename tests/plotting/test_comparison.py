import copy

import numpy as np
import pytest

from rapidmass.plotting.comparison import draw_comparison, draw_roc
from rapidmass.provenance.atomic_files import read_json


@pytest.fixture
def scans(analysis):
    """Scans by signal and score, of a network and a baseline."""
    return {
        signal: {
            "vae_deep": read_json(path),
            "met": read_json(path.parent / "met" / path.name),
        }
        for signal, path in analysis.products.scans.items()
    }


def test_numbers_are_those_of_scans_and_fits(analysis, scans, tmp_path):
    fits = {
        signal: {"vae_deep": {"significance": 1.5}, "met": {"significance": None}}
        for signal in scans
    }
    draw_comparison(tmp_path, analysis.frame, scans, fits, ["met"])
    drawn = read_json(tmp_path / "significances.json")["significances"]
    cuts = drawn["best cuts on score and MET"]
    for signal, by_score in scans.items():
        for name, scan in by_score.items():
            best = scan["best"]
            if best is None or best["profiled"] is None:
                assert name not in cuts[signal]
            else:
                assert cuts[signal][name]["value"] == best["profiled"]
                assert cuts[signal][name]["uncertainty"] == best["profiled_uncertainty"]
        # what is undefined is left out, and not drawn as nothing
        assert list(drawn["fit"][signal]) == ["vae_deep"]
    assert any(cuts.values())
    assert {path.stem for path in tmp_path.iterdir()} == {
        "significances", *(f"roc_{signal}" for signal in scans)
    }  # fmt: skip


def test_without_fits_there_is_one_panel(analysis, scans, tmp_path):
    draw_comparison(tmp_path, analysis.frame, scans, {}, ["met"])
    drawn = read_json(tmp_path / "significances.json")["significances"]
    assert list(drawn) == ["best cuts on score and MET"]


def test_curves_are_efficiencies(analysis, scans, tmp_path):
    (signal, by_score), *_ = scans.items()
    draw_roc(analysis.frame, signal, by_score, ["met"], tmp_path / "roc")
    for name, curve in read_json(tmp_path / "roc.json")["curves"].items():
        roc = by_score[name]["roc"]
        background, efficiency = map(
            np.array, (curve["background_efficiency"], curve["efficiency"])
        )
        assert np.all(np.diff(background) > 0)
        assert efficiency[-1] == pytest.approx(1)
        assert np.all(np.array(curve["low"]) <= efficiency + 1e-12)
        assert np.all(efficiency <= np.array(curve["high"]) + 1e-12)
        for point in roc["efficiencies"]:
            if point["efficiency"] is not None:
                (at,) = np.flatnonzero(np.isclose(background, point["background_efficiency"]))
                assert efficiency[at] == pytest.approx(point["efficiency"])


def test_a_signal_without_a_curve_can_be_drawn(analysis, scans, tmp_path):
    (signal, by_score), *_ = copy.deepcopy(scans).items()
    for scan in by_score.values():
        scan["roc"] = None
    draw_roc(analysis.frame, signal, by_score, [], tmp_path / "roc")
    assert read_json(tmp_path / "roc.json")["curves"] == {}
