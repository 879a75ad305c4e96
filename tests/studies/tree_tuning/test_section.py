"""What the report says of a search for settings of trees."""

import pytest

from rapidmass.provenance.atomic_files import read_json, write_json
from rapidmass.studies.tree_tuning.draw import draw_section
from synthetic_scores import FRAME, find_row, write_and_read

PARAMETERS = {"max_depth": 4, "learning_rate": 0.1}


def make_trial(losses, *, given_up=False, **parameters):
    return {
        "parameters": {**PARAMETERS, **parameters},
        "loss": None if given_up else sum(losses) / len(losses),
        "folds": losses,
        "trees": 20.0,
    }


def test_results_stand_beside_what_was_configured(tmp_path):
    found = {
        "trials": [
            make_trial([0.5, 0.52]),
            make_trial([0.6], given_up=True, max_depth=8),
            make_trial([0.4, 0.42], learning_rate=0.05),
        ],
        "best": 2,
        "unseen": {
            "configured": {"value": 0.8, "uncertainty": 0.01},
            "tuned": {"value": 0.85, "uncertainty": 0.01},
        },
    }
    write_json(tmp_path / "bdt.json", found)
    frame = {
        "plots": FRAME.plots.model_dump(mode="json"), "selection": "3lep", "channels": ["ttbar"],
        "signals": ["s"], "luminosity": 1000.0, "sqrt_s": 13000.0,
    }  # fmt: skip
    settings = {"frame": frame, "networks": ["bdt"], "tuning": {"trials": 2, "inner_folds": 2}}
    section = draw_section(tmp_path, settings, {"tunings": [tmp_path / "bdt.json"]})
    assert read_json(tmp_path / "trials_bdt.json")["losses"] == pytest.approx([0.51, None, 0.41])
    assert write_and_read(section, tmp_path).text == section.text
    results, parameters = section.tables
    assert find_row(results, "bdt", "tuned")[4] == "0.850 ± 0.010"
    assert find_row(results, "bdt", "configured")[2].startswith("0.51")
    assert find_row(parameters, "bdt", "tuned")[3] == "0.0500"
