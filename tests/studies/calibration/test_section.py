"""The calibration in words, tables and a figure."""

import json

import numpy as np
import pytest

from rapidmass.config.report.plots import PlotSettings
from rapidmass.plotting.style import Frame
from rapidmass.report.sections import read_section, write_section
from rapidmass.studies.calibration.figures import draw_p_values
from rapidmass.studies.calibration.section import FIGURE, NAMES, describe_calibration

WHAT = {"scorer": "ae", "signal": "susy", "variable": "met", "asymptotic": True}


def judged(p_values, verdict):
    return {
        "p_values": p_values, "mean": float(np.mean(p_values)), "small": 0.1, "uniform": 0.4,
        "verdict": verdict,
    }  # fmt: skip


def make_found(**changes):
    steps = (np.arange(20) / 20).tolist()
    return {
        "experiments": 20, "toys": 9, "expected": 250.0, "simulated": 1000,
        "sources": ["luminosity"], "luminosity": 250.0, "strength": 7.0, "reason": None,
        "tests": {
            "chi2": judged(steps, "uniform"),
            "kernel": judged(steps, "too small"),
            "trees": judged(steps[:10], "conservative"),
        },
        "intervals": {
            "limit on the strength": {
                "stated": 0.95, "covered": 0.9, "number": 20, "verdict": "as stated",
            },
        },
        **changes,
    }  # fmt: skip


def test_the_section_says_what_means_what_it_says(tmp_path):
    found = make_found()
    frame = Frame(PlotSettings(), "3lep", ("top",), ("susy",), luminosity=250.0)
    draw_p_values(frame, found, NAMES, tmp_path / FIGURE)
    drawn = json.loads((tmp_path / f"{FIGURE}.json").read_text())
    assert drawn["tests"]["kernel"]["p_values"] == found["tests"]["kernel"]["p_values"]
    write_section(tmp_path, describe_calibration(tmp_path, found, WHAT))
    section = read_section(tmp_path, "3lep-")
    text = " ".join(section.text)
    assert "{" not in text
    assert (
        "P-values are uniform: χ²; conservative: all features, boosted trees; too small: all "
        "features, kernels." in text
    )
    assert "Intervals are as stated: limit on the strength." in text
    assert "moved by what is uncertain: luminosity" in text
    assert "7.00 times the theory" in text
    p_values, intervals = section.tables
    assert p_values.rows[0] == ["χ²", "20", "0.47", "10 % (5 to 19)", "0.40", "uniform"]
    assert intervals.rows == [
        ["limit on the strength", "20", "95 %", "90 % (81 to 95)", "as stated"]
    ]
    assert len(section.figures) == 1


@pytest.mark.parametrize("asymptotic", [True, False])
def test_it_says_what_was_fitted(tmp_path, asymptotic):
    (tmp_path / f"{FIGURE}.png").touch()
    what = {**WHAT, "asymptotic": asymptotic}
    text = " ".join(describe_calibration(tmp_path, make_found(), what).text)
    assert ("asymptotic formulas" in text) == asymptotic
    none = make_found(strength=None, reason="no signal is in the bins of the fit", intervals={})
    text = " ".join(describe_calibration(tmp_path, none, what).text)
    assert "Nothing is fitted: no signal is in the bins of the fit." in text
    assert "Intervals are" not in text


def test_without_events_nothing_is_judged(tmp_path):
    found = make_found(tests={}, intervals={}, strength=None, reason="there are too few events")
    frame = Frame(PlotSettings(), "3lep", ("top",), ("susy",), luminosity=250.0)
    draw_p_values(frame, found, NAMES, tmp_path / FIGURE)
    text = " ".join(describe_calibration(tmp_path, found, WHAT).text)
    assert "No experiment had enough events for a p-value" in text
