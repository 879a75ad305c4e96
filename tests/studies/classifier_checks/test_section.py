"""What the report says of the checks of classifiers."""

import pytest

from rapidmass.config.studies.classifier_checks import ClassifierChecks
from rapidmass.provenance.atomic_files import read_json, write_json
from rapidmass.studies.classifier_checks.draw import draw_section
from rapidmass.studies.classifier_checks.section import describe_checks
from synthetic_scores import FRAME, find_row, write_and_read


def test_tables_hold_the_numbers(found, tmp_path):
    section = describe_checks(tmp_path, {"bdt": found}, ClassifierChecks(permutations=19))
    assert write_and_read(section, tmp_path).text == section.text
    assert "of 19 permutations" in " ".join(section.text)
    row = find_row(section.tables[0], "bdt")
    auc = found["overtraining"]["auc"]["unseen"]["value"]
    assert float(row[2].split(" ± ")[0]) == pytest.approx(auc, abs=0.01)
    (part,) = section.sections
    importance, composition, sculpting = part.tables
    assert importance.columns[-1] == "Mean |contribution|"
    assert importance.rows[0][0] == "f0"
    assert len(composition.rows) == len(found["composition"])
    moved = found["sculpting"]["met"]["cuts"][1]["distance"]
    assert float(find_row(sculpting, "met")[1]) == pytest.approx(moved, rel=0.01)


def test_a_section_has_its_figures(found, tmp_path):
    write_json(tmp_path / "bdt.json", found)
    frame = {
        "plots": FRAME.plots.model_dump(mode="json"), "selection": "3lep",
        "channels": ["Zjets", "ttbar"], "signals": ["s"], "luminosity": 1000.0, "sqrt_s": 13000.0,
    }  # fmt: skip
    settings = {"frame": frame, "networks": ["bdt"], "checks": {}}
    section = draw_section(tmp_path, settings, {"checks": [tmp_path / "bdt.json"]})
    figures = section.sections[0].figures
    assert len(figures) == 8
    assert all(figure.path.is_file() for figure in figures)
    drawn = read_json(tmp_path / "bdt_calibration.json")
    assert drawn["error"] == found["calibration"]["error"]
