"""A kind of file that no delivered format describes, from one block of settings: DAOD_PHYSLITE.

Branches have dots in their names, some lie inside others, and their set differs between releases.
"""

import json

import numpy as np
import pytest
import uproot

from rapidmass.config.inputs.ntuple_format import NtupleFormat
from rapidmass.config.search.selection import Cut
from rapidmass.datasets.shards import Sharder, write_shard
from rapidmass.ntuples.access.sources import Source
from rapidmass.representations.rmm.layout import Layout
from rapidmass.storage.parquet import read_shard
from real_files import REAL
from synthetic_events import show


def describe_collection(name, mass):
    return {**{key: f"{name}AuxDyn.{key}" for key in ("pt", "eta", "phi")}, "mass": mass}


PHYSLITE = {
    "tree": "CollectionTree",
    "energy_unit": "MeV",
    "alternatives": {
        "run": ["EventInfoAuxDyn.runNumber", "EventInfoAux.runNumber"],
        "event": ["EventInfoAuxDyn.eventNumber", "EventInfoAux.eventNumber"],
    },
    # the soft term alone: the whole of it is not stored
    "aliases": {
        "mpx": "first(MET_Core_AnalysisMETAuxDyn.mpx)",
        "mpy": "first(MET_Core_AnalysisMETAuxDyn.mpy)",
    },
    "collections": {
        "electron": describe_collection("AnalysisElectrons", "0.511"),
        "muon": describe_collection("AnalysisMuons", "105.658"),
        "jet": describe_collection("AnalysisJets", "maximum(AnalysisJetsAuxDyn.m, 0)"),
    },
    "objects": {
        "ele": {"collection": "electron", "where": "AnalysisElectronsAuxDyn.pt > 10000"},
        "muo": {"collection": "muon", "where": "AnalysisMuonsAuxDyn.pt > 10000"},
        "jet": {"collection": "jet", "where": "AnalysisJetsAuxDyn.pt > 20000"},
    },
    "met": {"pt": "hypot(mpx, mpy)", "phi": "arctan2(mpy, mpx)"},
    "identity": {"run": "run", "event": "event"},
    "weights": {"generator": "first(EventInfoAuxDyn.mcEventWeights)"},
}


@pytest.mark.parametrize(
    ("file", "least", "exact"), [("PHYSLITE_example", 41, 40), ("uproot-issue-123b", 5, 4)]
)
def test_files_of_another_kind_need_no_code(tmp_path, file, least, exact):
    path = REAL / "atlas-physlite" / f"{file}.root"
    if not path.is_file():
        pytest.skip(f"there is no file {path}")
    sharder = Sharder(
        Source(str(path)),
        sample="sample",
        part="0",
        selection="two leptons",
        is_data=False,
        settings=NtupleFormat.model_validate(PHYSLITE),
        cuts=[
            Cut(name="two", require="n_lep >= 2"),
            Cut(name="exactly two", require="n_lep == 2"),
        ],
        **show(Layout(types={"jet": 6, "ele": 3, "muo": 3})),
        seed=1,
    )
    output, cutflow = tmp_path / "shard.parquet", tmp_path / "cutflow.json"
    write_shard(sharder, output, cutflow, {})
    assert json.loads(cutflow.read_text())["raw"] == [100, least, exact]
    table = read_shard(output)
    with uproot.open(path) as content:
        weights = content["CollectionTree"]["EventInfoAuxDyn.mcEventWeights"].array(library="np")
    first = {np.float32(some[0]) for some in weights}
    assert set(table["generator_weight"].to_numpy().astype(np.float32)) <= first
