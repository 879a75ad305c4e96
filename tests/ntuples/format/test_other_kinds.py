"""Files of other kinds, with formats as their users would write them: counts as uproot gives them.

Trees of Delphes, RNTuples that were imported from NanoAOD, and a TNtuple.
"""

import json

import awkward as ak
import numpy as np
import pytest
import uproot

from rapidmass.config.inputs.ntuple_format import NtupleFormat
from rapidmass.config.load import read_format, validate
from rapidmass.config.search.selection import Cut
from rapidmass.datasets.shards import Sharder, write_shard
from rapidmass.ntuples.access.chunks import iterate_chunks, list_branches
from rapidmass.ntuples.access.sources import Source
from rapidmass.ntuples.access.trees import open_tree
from rapidmass.ntuples.format.builder import EventBuilder
from rapidmass.representations.rmm.layout import Layout
from rapidmass.storage.parquet import read_shard
from real_files import FORMATS, find_file, find_other
from synthetic_events import show


def describe(prefix, mass=None):
    keys = {"pt": "PT", "eta": "Eta", "phi": "Phi"}
    return {**{key: prefix + name for key, name in keys.items()}, "mass": mass or f"{prefix}Mass"}


DELPHES = {
    "tree": "Delphes",
    "energy_unit": "GeV",
    "collections": {
        "jet": describe("Jet."),
        "electron": describe("Electron.", "0.000511"),
        "muon": describe("Muon.", "0.105658"),
    },
    "objects": {
        "ele": {"collection": "electron", "where": "Electron.PT > 0"},
        "muo": {"collection": "muon", "where": "Muon.PT > 0"},
        "ljet": {"collection": "jet", "where": "Jet.BTag == 0"},
        "bjet": {"collection": "jet", "where": "Jet.BTag != 0"},
    },
    "met": {"pt": "first(MissingET.MET)", "phi": "first(MissingET.Phi)"},
    "weights": {"generator": "first(Event.Weight)"},
}
DIMUONS = {
    "tree": "Events",
    "energy_unit": "GeV",
    "collections": {
        "muon": {key: f"Muon_{key}" for key in ("pt", "eta", "phi", "mass")},
    },
    "objects": {"muo": {"collection": "muon", "where": "Muon_pt > 0"}},
    "leptons": ["muo"],
    "met": {"pt": "0", "phi": "0"},
    "weights": {"generator": "1"},
}
TNTUPLE = {
    "tree": "ntuple",
    "energy_unit": "GeV",
    "aliases": {"pt": "hypot(px, py)"},
    "collections": {
        "track": {
            "pt": ["pt"], "eta": ["arcsinh(pz / pt)"], "phi": ["arctan2(py, px)"], "mass": "0",
        }
    },
    "objects": {"muo": {"collection": "track", "where": ["pt > 1"]}},
    "leptons": ["muo"],
    "met": {"pt": "0", "phi": "0"},
    "identity": {"run": "0", "event": "i"},
    "weights": {"generator": "1"},
}  # fmt: skip


@pytest.fixture
def count(tmp_path):
    """Cutflow and events of a file that pass a requirement."""

    def run(path, content, requirement, types):
        settings = content
        if isinstance(content, dict):
            settings = validate(NtupleFormat, content, "format.yaml")
        sharder = Sharder(
            Source(str(path)), sample="s", part="0", selection="x",
            is_data=False, settings=settings, **show(Layout(types=types, sqrt_s=13_000.0)),
            cuts=[Cut(name="requirement", require=requirement)], seed=1,
        )  # fmt: skip
        output, cutflow = tmp_path / "shard.parquet", tmp_path / "cutflow.json"
        write_shard(sharder, output, cutflow, {})
        return json.loads(cutflow.read_text())["raw"], read_shard(output)

    return run


def read_plainly(path, tree, names):
    with uproot.open(path) as file:
        arrays = file[tree].arrays(names, how=dict)
    return [arrays[name] for name in names]


def test_trees_of_delphes_are_read(count):
    path = find_other("delphes")
    types = {"ljet": 10, "bjet": 10, "ele": 5, "muo": 5}
    raw, table = count(path, DELPHES, "n_ljet >= 0", types)
    assert raw == [10, 10]
    assert sum(table["n_ljet"].to_pylist()) == 74 - 25
    assert sum(table["n_bjet"].to_pylist()) == 25
    assert count(path, DELPHES, "n_ljet >= 5", types)[0] == [10, 4]
    assert count(path, DELPHES, "n_ele + n_muo >= 2", types)[0] == [10, 1]
    (met,) = read_plainly(path, "Delphes", ["MissingET.MET"])
    assert sorted(table["met"].to_pylist()) == pytest.approx(sorted(ak.flatten(met).to_list()))


def test_imported_muons_are_read(count):
    path = find_other("Run2012BC")
    assert count(path, DIMUONS, "n_lep >= 2", {"muo": 5})[0] == [1000, 872]
    raw, table = count(path, DIMUONS, "n_lep == 2", {"muo": 5})
    assert raw == [1000, 554]
    pt, eta, phi, mass, number = read_plainly(
        path, "Events", ["Muon_pt", "Muon_eta", "Muon_phi", "Muon_mass", "nMuon"]
    )
    chosen = number == 2
    muons = [ak.to_numpy(ak.to_regular(x[chosen])).astype(float) for x in (pt, eta, phi, mass)]
    energy = np.hypot(muons[0] * np.cosh(muons[1]), muons[3]).sum(axis=1)
    components = [muons[0] * f for f in (np.cos(muons[2]), np.sin(muons[2]), np.sinh(muons[1]))]
    square = energy**2 - sum(component.sum(axis=1) ** 2 for component in components)
    found = np.sort(table["m_ll"].to_numpy())
    assert found == pytest.approx(np.sort(np.sqrt(square)), rel=1e-4)


def test_pieces_of_imported_muons_are_all_of_them():
    source, found = Source(str(find_other("Run2012BC"))), []
    with open_tree(source, ["Events"]) as tree:
        for chunk in iterate_chunks(source, tree, ["Muon_pt", "nMuon"], 100):
            assert chunk.branches["Muon_pt"].counts.tolist() == chunk.branches["nMuon"].tolist()
            found.append(chunk.branches["Muon_pt"].content)
    (pt,) = read_plainly(source.location, "Events", ["Muon_pt"])
    assert len(found) > 5
    assert np.array_equal(np.concatenate(found), ak.to_numpy(ak.flatten(pt)))


def test_an_imported_nanoaod_is_read_by_the_delivered_format(count):
    path = find_other("cmsopendata2015")
    settings = read_format(FORMATS / "cms_nanoaod.yaml")
    types = {"ljet": 5, "bjet": 5, "ele": 5, "muo": 5, "muo_baseline": 5}
    raw, table = count(path, settings, "n_muo >= 0", types)
    assert raw == [10, 10]
    assert count(path, settings, "n_muo_baseline >= 2", types)[0] == [10, 2]
    number, pt, event = read_plainly(path, "Events", ["nMuon", "Muon_pt", "event"])
    expected = dict(zip(event.to_list(), ak.sum(pt > 10, axis=1).to_list(), strict=True))
    found = zip(table["event"].to_pylist(), table["n_muo_baseline"].to_pylist(), strict=True)
    assert dict(found) == expected
    assert int(ak.sum(number >= 2)) == 2


def test_the_fields_of_an_imported_nanoaod_are_those_of_the_tree():
    """What the delivered format reads is there by the same names as in a tree, and of one kind."""
    settings = read_format(FORMATS / "cms_nanoaod.yaml")
    builder = EventBuilder(settings, ["ele", "muo", "ljet", "bjet", "pho"], is_data=False)
    kinds = []
    for path in (find_other("cmsopendata2015"), find_file("nanoAOD_2015").path):
        source = Source(str(path))
        with open_tree(source, ["Events"]) as tree:
            builder.bind(source, list_branches(source, tree))
            (chunk,) = iterate_chunks(source, tree, builder.branches)
        kinds.append({name: type(column) for name, column in chunk.branches.items()})
    assert kinds[0] == kinds[1]
    assert len(kinds[0]) > 20


def test_a_tntuple_is_read(count):
    path = find_other("uproot-hepdata")
    raw, table = count(path, TNTUPLE, "n_muo == 1", {"muo": 1})
    px, py, i = (ak.to_numpy(x) for x in read_plainly(path, "ntuple", ["px", "py", "i"]))
    chosen = np.hypot(px, py) > 1
    assert raw == [75_000, chosen.sum()]
    assert sorted(table["event"].to_pylist()) == i[chosen].astype(int).tolist()
    assert (i == np.arange(75_000)).all()
