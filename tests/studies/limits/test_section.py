import pytest

from rapidmass.config.studies.limits import Limits
from rapidmass.studies.limits.section import describe_limits

FOUND = {
    "cross_section": 0.02,
    "background_uncertainty": 0.15,
    "limits": {"-2": 0.005, "-1": 0.007, "0": 0.01, "1": 0.014, "2": 0.021},
    "strengths": {"-2": 0.25, "-1": 0.35, "0": 0.5, "1": 0.7, "2": 1.05},
    "bins": {"background": [3.0, 2.0, 1.0]},
    "reason": None,
}
NONE = {**FOUND, "limits": None, "strengths": None, "bins": None, "reason": "too few events"}


@pytest.fixture
def section(tmp_path):
    weak = {n: 4 * value for n, value in FOUND["strengths"].items()}
    limits = {
        "vae": {"A": FOUND, "B": {**FOUND, "strengths": weak}},
        "met": {"A": NONE, "B": FOUND},
    }
    return describe_limits(tmp_path, limits, Limits(quantile=0.95))


def test_limits_stand_beside_the_cross_section_by_signal_and_score(section):
    (table,) = section.tables
    assert [row[:2] for row in table.rows] == [
        ["A", "vae"],
        ["A", "met"],
        ["B", "vae"],
        ["B", "met"],
    ]
    cells = dict(zip(table.columns, table.rows[0], strict=True))
    assert float(cells["Median [fb]"]) == 10
    assert cells["−1 σ to +1 σ [fb]"] == "7.00 to 14.0"
    assert float(cells["Cross section [fb]"]) == 20
    assert cells["Excluded if there is no signal?"] == "yes"
    assert cells["Bins"] == "3"
    assert table.rows[2][-1] == "no"


def test_what_is_undefined_says_why(section):
    (table,) = section.tables
    assert table.rows[1][2:6] == ["undefined"] * 4
    assert "met, A: too few events" in table.note


def test_the_text_says_what_was_fitted(section):
    text = " ".join(section.text)
    assert "95 % removed" in text
    assert "missing transverse momentum" in text
    assert "15 %" in text
    assert [figure.path.name for figure in section.figures] == ["limits_A.png", "limits_B.png"]


def test_variations_are_said_where_there_are_any(section, tmp_path):
    assert not any("variations" in paragraph for paragraph in section.text)
    limits = {
        scorer: {"A": {**FOUND, "systematics": {"total": total, "shifts": {}}}}
        for scorer, total in (("ae", 0.05), ("vae", 0.2), ("met", None))
    }
    varied = describe_limits(tmp_path, limits, Limits())
    (text,) = [paragraph for paragraph in varied.text if "variations" in paragraph]
    assert "5.00 % to 20.0 %" in text
