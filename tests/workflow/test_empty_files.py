"""Skims that no event passed: they have no events, and their sum of weights counts."""

import json

import numpy as np
import pytest
import uproot

pytestmark = pytest.mark.workflow


def write_book(path, total):
    with uproot.update(path) if path.exists() else uproot.recreate(path) as file:
        file.mktree("book", {"w": np.float64})
        file["book"].extend({"w": np.array([total])})


@pytest.mark.parametrize("bad_files", ["fail", "quarantine"])
def test_a_skim_without_events_counts_in_the_sum_of_weights(tiny, bad_files):
    write_book(tiny.folder / "input/b1.root", 2000.0)
    write_book(tiny.folder / "input/b1_skim.root", 100.0)
    sheet = tiny.folder / "config/samples.tsv"
    text = sheet.read_text().replace("300.0", "sum:book:w", 1)
    sheet.write_text(text.replace("input/b1.root", "input/b1*.root"))
    tiny.config["files"] = {"bad_files": bad_files}
    weight, cutflow = "results/samples/b1.json", "results/lep/rmm/shards/b1/b1_skim.cutflow.json"
    tiny.make(weight, cutflow)
    assert json.loads((tiny.folder / weight).read_text())["sum_of_weights"] == 2100.0
    assert set(json.loads((tiny.folder / cutflow).read_text())["raw"]) == {0}
    if bad_files == "quarantine":
        record = json.loads((tiny.folder / "results/files/b1.json").read_text())
        assert {part["left_out"] for part in record["parts"].values()} == {None}
        assert record["kept"] == 1.0
