"""Efficiencies relative to the training that knows a signal best."""

import numpy as np
import pytest

from rapidmass.studies.trainings.measure import BEST, Row, compare_trainings, find_own


def find_row(measured, name):
    (row,) = [row for row in measured["rows"] if row["name"] == name]
    return row


def test_the_own_training_is_the_most_special_one(measured):
    assert measured["own"] == {"A_light": "one", "A_heavy": "all", "B": None}
    twins = [Row("first", "training", ("A",)), Row("second", "training", ("A",))]
    assert find_own(twins, "A") == "first"


def test_ratios_are_to_the_own_training(measured):
    cells = find_row(measured, "all")["cells"]
    assert cells["A_light"]["ratio"] == pytest.approx(0.4 / 0.5)
    assert cells["A_heavy"]["ratio"] == 1
    assert cells["B"]["ratio"] is None
    assert find_row(measured, "all")["every"] == {
        "number": 2, "median": pytest.approx(0.9), "least": pytest.approx(0.8)
    }  # fmt: skip
    assert find_row(measured, "one")["unknown"] == {"number": 1, "median": 0.5, "least": 0.5}
    assert find_row(measured, "met")["unknown"] == {
        "number": 2, "median": pytest.approx((0.1 + 0.4) / 2), "least": pytest.approx(0.1)
    }  # fmt: skip
    # 0.5 + 0.5 of the own training, and 0.5 + 0.4 and 0.5 + 0.1 of these
    assert find_row(measured, "one")["unknown_auc_loss"] == {
        "number": 1, "median": pytest.approx(0.15), "largest": pytest.approx(0.15)
    }  # fmt: skip
    # cuts that were chosen for a signal know it
    assert find_row(measured, "cuts")["unknown"]["number"] == 1


def test_without_any_efficiency_the_auc_decides_which_is_best(scans):
    for by_signal in scans.values():
        for scan in by_signal.values():
            for entry in scan["roc"]["efficiencies"]:
                entry.update(dict.fromkeys(("efficiency", "low", "high")))
    found = compare_trainings(
        [Row("met", "variable"), Row("ht", "variable")], scans, ["A_light", "A_heavy"]
    )
    best = find_row(found, BEST["variable"])["cells"]
    assert [cell["by"] for cell in best.values()] == ["ht", "met"]


def test_shared_luck_falls_out_of_ratios(measured, scans):
    cell = find_row(measured, "ae")["cells"]["A_light"]
    assert cell["ratio_low"] == pytest.approx(0.2)
    assert cell["ratio_high"] == pytest.approx(0.2)
    luck = np.random.default_rng(4).normal(1, 0.1, 200)
    scans["ae"]["A_light"]["bootstrap"]["efficiency"] = list(
        luck * scans["ae"]["A_light"]["bootstrap"]["efficiency"]
    )
    rows = [Row("one", "training", ("A_light",)), Row("ae", "label_free")]
    cell = find_row(compare_trainings(rows, scans, ["A_light"]), "ae")["cells"]["A_light"]
    assert (cell["ratio_high"] - cell["ratio_low"]) / 2 == pytest.approx(0.02, rel=0.2)


def test_the_best_of_a_kind_is_found_signal_by_signal(measured):
    best = find_row(measured, BEST["variable"])["cells"]
    # cuts that were fitted to a signal are none of them
    assert [cell["by"] for cell in best.values()] == ["ht", "met", "met"]
    assert [cell["efficiency"] for cell in best.values()] == pytest.approx([0.06, 0.12, 0.08])
    assert find_row(measured, BEST["label_free"])["cells"]["B"]["by"] == "ae"


def test_what_is_undefined_has_no_ratio(scans):
    scans["one"]["B"]["roc"] = None
    scans["one"]["B"]["best"] = None
    scans["all"]["B"]["bootstrap"]["efficiency"][:100] = [None] * 100
    rows = [Row("one", "training", ("A_light",)), Row("all", "training", ("B",))]
    found = compare_trainings(rows, scans, ["B"])
    empty = find_row(found, "one")["cells"]["B"]
    assert empty["efficiency"] is empty["significance"] is empty["ratio"] is None
    few = find_row(found, "all")["cells"]["B"]
    assert (few["ratio"], few["ratio_low"]) == (1, None)
    assert find_row(found, "one")["unknown"] == {"number": 0, "median": None, "least": None}
