"""Two runs are told apart by any number in their products."""

import json
import runpy

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import torch

from sources import ROOT

compare_runs = runpy.run_path(str(ROOT / "benchmarks/compare_results.py"))["compare_runs"]


def write_run(folder, *, shards="rmm"):
    """Write one product of each kind, and a record."""
    shard, model, scans = (folder / "a" / place for place in (shards, "models/n", "scans/n"))
    for place in (shard, model, scans):
        place.mkdir(parents=True)
    pq.write_table(pa.table({"met": [1.0, float("nan")]}), shard / "0.parquet")
    torch.save({"state": {"w": torch.ones(2)}}, model / "weights.pt")
    np.savez(model / "baseline.npz", mean=np.array([1.0, np.nan]))
    scan = {"cuts": [{"z": 1.0}], "provenance": str(folder)}
    (scans / "s.json").write_text(json.dumps(scan))
    (scans / ".s.json.record.json").write_text(json.dumps({"made": str(folder)}))
    (folder / "summary.csv").write_text("z\n1\n")
    return folder


@pytest.fixture
def runs(tmp_path):
    return write_run(tmp_path / "old"), write_run(tmp_path / "new")


def test_records_and_undefined_numbers_make_no_difference(runs):
    equal, differences = compare_runs(*runs, {})
    assert differences == []
    assert sum(equal.values()) == 5


def test_parts_of_paths_may_be_called_otherwise(tmp_path):
    old, new = write_run(tmp_path / "old"), write_run(tmp_path / "new", shards="rmm/shards")
    assert compare_runs(old, new, {"/rmm/": "/rmm/shards/"})[1] == []
    assert compare_runs(old, new, {})[1] == ["a/rmm/0.parquet: is missing"]


CHANGES = {
    "a/rmm/0.parquet: column met differs": lambda new: pq.write_table(
        pa.table({"met": [1.0, 2.0]}), new / "a/rmm/0.parquet"
    ),
    "a/models/n/weights.pt: tensor w differs": lambda new: torch.save(
        {"state": {"w": torch.zeros(2)}}, new / "a/models/n/weights.pt"
    ),
    "a/models/n/baseline.npz: array mean differs": lambda new: np.savez(
        new / "a/models/n/baseline.npz", mean=np.array([1.0, 2.0])
    ),
    "a/scans/n/s.json: entry cuts differs": lambda new: (new / "a/scans/n/s.json").write_text(
        json.dumps({"cuts": [{"z": 1.0000001}]})
    ),
    "summary.csv: differs": lambda new: (new / "summary.csv").write_text("z\n2\n"),
}


@pytest.mark.parametrize("difference", CHANGES)
def test_any_other_number_is_a_difference(runs, difference):
    old, new = runs
    CHANGES[difference](new)
    assert compare_runs(old, new, {})[1] == [difference]
