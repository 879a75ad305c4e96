import pytest

from rapidmass.config.studies.fits import Fits
from rapidmass.studies.fits.section import choose_shown, describe_fits

SCAN = {"best": {"profiled": 0.5}, "cuts": [{"best": {"profiled": 0.25}}]}
UNDEFINED = {"best": None, "cuts": [{"best": None}]}
NONE = {
    "cross_section": 0.02, "background_uncertainty": 0.1, "significance": None, "limits": None,
    "strengths": None, "observed": None, "reason": "too few events", "regions_left_out": ["many"],
}  # fmt: skip


def describe(folder, found, scan=SCAN, **settings):
    fits = {"A": {"vae": found, "met": NONE}}
    scans = {"A": {"vae": scan, "met": UNDEFINED}}
    return describe_fits(folder, fits, scans, Fits(**settings))


def test_fits_stand_beside_the_best_cuts(make_found, tmp_path):
    found = make_found()
    table = describe(tmp_path, found).tables[0]
    first, second = (dict(zip(table.columns, row, strict=True)) for row in table.rows)
    z = found["significance"]
    assert float(first["Z of the fit"]) == pytest.approx(z, rel=0.01)
    assert float(first["Z of the best cut"]) == 0.5
    assert float(first["Z of the best MET cut"]) == 0.25
    assert float(first["Fit / best MET cut"]) == pytest.approx(z / 0.25, rel=0.01)
    assert first["By"] == "asymptotic"
    assert second["Z of the fit"] == second["Fit / best MET cut"] == "undefined"
    assert "met, A: too few events" in table.note


def test_limits_stand_beside_the_prediction(make_found, tmp_path):
    found = make_found()
    table = describe(tmp_path, found).tables[1]
    cells = dict(zip(table.columns, table.rows[0], strict=True))
    assert float(cells["Median [fb]"]) == pytest.approx(1000 * found["limits"]["0"], rel=0.01)
    assert float(cells["Predicted [fb]"]) == 20
    assert float(cells["Limit / prediction"]) == pytest.approx(found["strengths"]["0"], rel=0.01)


def test_observed_limits_are_there_after_unblinding_alone(make_found, tmp_path):
    assert len(describe(tmp_path, make_found()).tables) == 2
    seen = make_found(observed=True)
    (row,) = describe(tmp_path, seen).tables[2].rows
    assert float(row[2]) == pytest.approx(1000 * seen["observed"]["limits"]["observed"], rel=0.01)


def test_the_text_says_what_was_fitted(make_found, tmp_path):
    found = make_found()
    section = describe(tmp_path, found, free_channels=["A", "B"], minimum_effective_events=4)
    text = " ".join(section.text)
    for words in (
        "the anomaly score and MET", "fewer than 4 effective", "10 %", "normalisation of A, B",
        "cross section times branching fraction", "too little simulation: many",
        "fewer than 10 background events",
    ):  # fmt: skip
        assert words in text
    assert "variations" not in text
    names = [figure.path.name for figure in section.figures]
    assert names == ["limits_A.png", "templates_A.png", "ranking_A.png"]
    varied = {**found, "systematics": {"smoothed": {"jets": 1}, "pruned": {}, "one_sided": []}}
    assert "mirror image" in " ".join(describe(tmp_path, varied).text)


def test_toys_say_how_well_they_know_a_limit(make_found, tmp_path):
    toys = {"limits": {"0": 2.0}, "limit_uncertainties": {"0": 0.1}}
    found = {**make_found(), "uses_toys": True, "toys": toys}
    section = describe(tmp_path, found, toys=700)
    assert "(700 for each hypothesis)" in " ".join(section.text)
    assert "at most 5.00 %" in " ".join(section.text)
    assert section.tables[0].rows[0][2] == "toys"
    assert "pseudo-experiments" not in " ".join(describe(tmp_path, found, toys_below=0).text)


def test_the_most_sensitive_fit_is_shown(make_found):
    found = make_found()
    better = {**found, "significance": found["significance"] + 1}
    assert choose_shown({"a": found, "b": better, "c": NONE}) == "b"
    assert choose_shown({"c": NONE}) is None
