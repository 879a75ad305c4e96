"""Writing and reading of ntuples."""

import awkward as ak
import numpy as np
import pytest
import uproot

from rapidmass.generator.ntuple import (
    EVENT_BRANCHES,
    JET_BRANCHES,
    LEPTON_BRANCHES,
    NtupleWriter,
    list_lists,
    read_bookkeeping,
    read_events,
)


def make_columns(counts, seed):
    rng = np.random.default_rng(seed)
    counts = np.array(counts, np.int64)
    columns = {
        name: rng.integers(0, 2, len(counts)).astype(kind) for name, kind in EVENT_BRANCHES.items()
    }
    for collection, branches in (("lep", LEPTON_BRANCHES), ("jet", JET_BRANCHES)):
        fields = {name: rng.normal(size=counts.sum()) for name in branches}
        columns[collection] = list_lists(collection, fields, counts)
    return columns


def test_events_survive_the_file(tmp_path):
    path = tmp_path / "x.root"
    parts = [make_columns([2, 0, 3], 1), make_columns([], 2), make_columns([1], 3)]
    with NtupleWriter(path, "x") as writer:
        for part in parts:
            writer.add(part)
        writer.finish(sum_of_weights=12.5, generated=9)
    columns = read_events(path, "x")
    for name, values in columns.items():
        expected = [entry for part in parts for entry in ak.to_list(part[name])]
        assert ak.to_list(values) == expected
    assert read_bookkeeping(path) == {"sumOfWeights": 12.5, "generated": 9, "stored": 4}


def test_foreign_files_are_refused_by_name(tmp_path):
    path = tmp_path / "y.root"
    with uproot.recreate(path) as file:
        file["other"] = {"a": np.arange(3)}
    with pytest.raises(ValueError, match="no tree x_NoSys"):
        read_events(path, "x")
    with pytest.raises(ValueError, match="no tree bookkeeping"):
        read_bookkeeping(path)
