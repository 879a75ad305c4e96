"""Which masses a series of limits excludes."""

import json
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rapidmass.config.studies.fits import Fits
from rapidmass.studies.fits.figures import draw_masses
from rapidmass.studies.fits.masses import choose_score, find_excluded, order_series
from rapidmass.studies.fits.section import describe_fits

SCAN = {"best": {"profiled": 0.5}, "cuts": [{"best": {"profiled": 0.25}}]}
BANDS = ("-2", "-1", "0", "1", "2")


def make_fits(strengths, scorer="a"):
    series = [(100.0 * (k + 1), f"m{k}") for k in range(len(strengths))]
    fits = {
        name: {scorer: {"strengths": None if s is None else {"0": s}}}
        for (_, name), s in zip(series, strengths, strict=True)
    }
    return series, fits


@pytest.mark.parametrize(
    ("strengths", "ranges"),
    [
        ([0.5, 0.5], [(100, 200)]),
        ([2, 2], []),
        # the logarithm is 0 in the middle
        ([0.5, 2], [(100, 150)]),
        ([2, 0.5, 2], [(150, 250)]),
        ([0.25, 2], [(100, 100 + 100 * 2 / 3)]),
        ([0.5, 2, 0.5], [(100, 150), (250, 300)]),
        ([2, None, 0.5], [(200, 300)]),
        ([None, None], []),
    ],
)
def test_ranges_have_a_closed_form(strengths, ranges):
    series, fits = make_fits(strengths)
    found = find_excluded(series, fits, "a")
    assert found == [pytest.approx(pair) for pair in ranges]


@given(st.lists(st.floats(0.01, 100), min_size=2, max_size=8))
def test_a_mass_is_excluded_if_its_limit_is_below_the_prediction(strengths):
    series, fits = make_fits(strengths)
    ranges = find_excluded(series, fits, "a")
    for (mass, _), strength in zip(series, strengths, strict=True):
        if abs(np.log(strength)) > 1e-6:
            assert any(low <= mass <= high for low, high in ranges) == (strength < 1)


def test_the_score_with_the_best_limits_of_all_masses_is_shown():
    series, fits = make_fits([1.0, 1.0])
    for name, other, partly in (("m0", 0.2, 0.1), ("m1", 3.0, None)):
        fits[name]["b"] = {"strengths": {"0": other}}  # geometric mean 0.77
        fits[name]["c"] = {"strengths": partly and {"0": partly}}
    assert choose_score(series, fits) == "b"
    assert choose_score(*make_fits([None, 1.0])) is None
    assert order_series({"y": 2, "x": 1, "z": 0.5}, ["x", "y"]) == [(1, "x"), (2, "y")]


def test_a_series_has_a_figure_and_a_table(analysis, make_found, tmp_path):
    found = make_found()
    heavy = {
        **found,
        "strengths": {n: 1e3 * s for n, s in found["strengths"].items()},
        "cross_section": 1e-3 * found["cross_section"],
    }
    light = {
        **found,
        "strengths": {n: 1e-3 * s for n, s in found["strengths"].items()},
        "cross_section": 1e3 * found["cross_section"],
    }
    fits = {"A": {"vae": light}, "B": {"vae": heavy}}
    settings = Fits(mass_series={"Zp": {"B": 400, "A": 100}})
    section = describe_fits(tmp_path, fits, {s: {"vae": SCAN} for s in fits}, settings)
    assert section.figures[0].path == tmp_path / "masses_Zp.png"
    table = section.tables[-1]
    low, high = (float(x) for x in table.rows[0][2].split(" to "))
    s = [fits[name]["vae"]["strengths"]["0"] for name in ("A", "B")]
    assert low == 100
    assert high == pytest.approx(100 + 300 * np.log(s[0]) / np.log(s[0] / s[1]), abs=0.6)
    frame = replace(analysis.frame, channels=["A", "B"])
    series = order_series({"B": 400, "A": 100}, ["A", "B"])
    draw_masses(frame, ("Zp", series), fits, "vae", tmp_path / "masses_Zp")
    drawn = json.loads((tmp_path / "masses_Zp.json").read_text())
    assert drawn["masses"] == [100, 400]
    assert drawn["cross_section_fb"] == pytest.approx([2e4, 0.02])
    assert drawn["limits_fb"]["vae"][0]["0"] == pytest.approx(1000 * found["limits"]["0"])
