"""The blind test in words, tables and figures."""

import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rapidmass.config.report.plots import PlotSettings
from rapidmass.plotting.style import Frame
from rapidmass.report.sections import read_section, write_section
from rapidmass.studies.blind_test.figures import draw_power
from rapidmass.studies.blind_test.section import describe_blind_test, name_figure, name_tests
from rapidmass.studies.blind_test.verdicts import find_strength, name_absurd

TESTS = ("kernel", "met", "pca", "all scores", "cut")


def make_points(*powers, strengths=(0.0, 1.0, 10.0, 10_000.0), counting=(0.0, 0.1, 6.0, 50.0)):
    return [
        {"strength": s, "events": 0.3 * s, "counting": z, "power": dict.fromkeys(TESTS, p)}
        for s, z, p in zip(strengths, counting, powers, strict=True)
    ]


def make_found(points):
    return {
        "level": 0.05, "toys": 99, "experiments": 20, "expected": 250.0, "effective": 900.0,
        "simulated": 1000, "sources": ["luminosity"], "luminosity": 250.0, "features": ["met"],
        "groups": {"all features": ["kernel"], "all scores": ["met", "pca"]},
        "signals": {
            "susy": {
                "expected": 0.3,
                "excluded": 8.0,
                "cut": {"threshold": 120.0, "signal": 0.2, "background": 4.0, "significance": 0.1},
                "points": points,
            }
        },
    }  # fmt: skip


def test_half_of_the_mixtures_are_found_between_two_strengths():
    points = make_points(0.05, 0.25, 0.75, 1.0)
    assert find_strength(points, "cut") == pytest.approx(np.sqrt(10))
    assert find_strength(make_points(0.05, 0.6, 0.7, 1.0), "cut") == 1.0
    assert find_strength(make_points(0.05, 0.1, 0.2, 0.3), "cut") is None
    # a strength that is enough by chance does not count if a larger one is not
    assert find_strength(make_points(0.05, 0.6, 0.4, 0.6), "cut") == pytest.approx(
        np.sqrt(10 * 10_000)
    )


@given(st.lists(st.floats(0.0, 1.0), min_size=4, max_size=4))
def test_half_powers_are_within_the_strengths(powers):
    found = find_strength(make_points(*powers), "cut")
    assert (found is None) == (powers[-1] < 0.5)
    assert found is None or 1.0 <= found <= 10_000.0 * (1 + 1e-12)


def test_absurd_strengths_are_named():
    assert name_absurd(1000.0, 2000.0) == ""
    assert name_absurd(1001.0, 2000.0) == "more than 1,000 × theory"
    assert name_absurd(1.1, 1.0) == "a count alone expects more than 5 σ"
    assert "; " in name_absurd(1e4, 9.0)


def test_single_scores_stand_back_behind_what_they_are_combined_to():
    found = make_found(make_points(0.05, 0.25, 0.75, 1.0))
    tests, thin = name_tests(found)
    assert list(tests) == ["kernel", "all scores", "cut"]
    assert thin == ["met", "pca"]
    found["groups"]["all scores"] = ["met"]
    for point in found["signals"]["susy"]["points"]:
        del point["power"]["all scores"]
    assert name_tests(found) == (
        {"kernel": "all features, kernels", "met": "met", "cut": "best cut on MET"}, []
    )  # fmt: skip


def test_the_section_says_what_was_found(tmp_path):
    found = make_found(make_points(0.05, 0.25, 0.75, 1.0))
    frame = Frame(PlotSettings(), "3lep", ("top",), ("susy",), luminosity=250.0)
    tests, thin = name_tests(found)
    draw_power(frame, "susy", found, tests, thin, tmp_path / name_figure("susy"))
    drawn = json.loads((tmp_path / "power_susy.json").read_text())
    assert drawn["points"] == found["signals"]["susy"]["points"]
    write_section(tmp_path, describe_blind_test(tmp_path, found, {"susy": "SUSY"}))
    section = read_section(tmp_path, "3lep-")
    text = " ".join(section.text)
    assert "{" not in text
    assert "susy: half of the mixtures are found from 3.2 × theory by all features, kernels" in text
    assert "find something in 5.0 to 5.0 % of the mixtures, where 5 % are meant" in text
    half, table = section.tables
    assert half.rows == [["susy", "3.2", "3.2", "3.2"]]
    assert [row[1] == "-" for row in table.rows] == [True, True, False, False]
    assert [row[0] for row in table.rows] == ["0", "1", "10", "10,000"]
    assert "× theory" in table.rows[-1][1]
    assert table.rows[1][-1] == "25 % (17 to 36)"
    assert "120 GeV" in table.note
    assert len(section.figures) == 1


def test_what_is_found_at_absurd_strengths_alone_is_marked(tmp_path):
    found = make_found(make_points(0.05, 0.05, 0.3, 0.9))
    (tmp_path / "power_susy.png").touch()
    section = describe_blind_test(tmp_path, found, {"susy": "SUSY"})
    assert section.tables[0].rows == [["susy", *["100 (absurd)"] * 3]]
    assert "from 100 × theory (absurd) by all features, kernels" in " ".join(section.text)


def test_without_a_finding_it_says_so(tmp_path):
    found = make_found(make_points(0.05, 0.05, 0.1, 0.2))
    (tmp_path / "power_susy.png").touch()
    section = describe_blind_test(tmp_path, found, {"susy": "SUSY"})
    assert "susy: no test finds half of the mixtures" in " ".join(section.text)
    assert section.tables[0].rows == [["susy", "undefined", "undefined", "undefined"]]
