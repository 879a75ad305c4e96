"""Small ROOT files whose content is known."""

import awkward as ak
import numpy as np
import pytest
import uproot

from rapidmass.config.inputs.ntuple_format import NtupleFormat

FORMAT = {
    "tree": ["mini", "other_*"],
    "energy_unit": "MeV",
    "constants": {"threshold": 10_000},
    "aliases": {"electron": "lep_type == 11", "hard": "lep_pt > threshold"},
    "collections": {
        "lepton": {"pt": "lep_pt", "eta": "lep_eta", "phi": "lep_phi", "mass": "0 * lep_pt"},
        "jet": {"pt": "jet_pt", "eta": "jet_eta", "phi": "jet_phi", "mass": "0 * jet_pt"},
    },
    "objects": {
        "ele": {"collection": "lepton", "where": "electron & hard"},
        "muo": {"collection": "lepton", "where": "~electron & hard"},
        "jet": {"collection": "jet", "where": "jet_pt > 20_000"},
    },
    "leptons": ["ele", "muo"],
    "met": {"pt": "met_et", "phi": "met_phi"},
    "identity": {"run": "run", "event": "event"},
    "weights": {"generator": "weight", "scale_factors": "sf * 2"},
    "trigger": "fired",
}
N = 1000


def make_branches(n=N):
    """`n` events, the same ones for the same n."""
    rng = np.random.default_rng(n)
    leptons, jets = rng.integers(0, 5, n), rng.poisson(1.0, n)

    def jagged(counts, values):
        return ak.unflatten(values.astype(np.float32), counts)

    lepton = ak.zip(
        {
            "pt": jagged(leptons, rng.exponential(30_000, leptons.sum()) + 5_000),
            "eta": jagged(leptons, rng.normal(0, 1, leptons.sum())),
            "phi": jagged(leptons, rng.uniform(-3, 3, leptons.sum())),
            "type": ak.unflatten(rng.choice([11, 13], leptons.sum()), leptons),
        }
    )
    jet = ak.zip(
        {
            "pt": jagged(jets, rng.exponential(30_000, jets.sum()) + 15_000),
            "eta": jagged(jets, rng.normal(0, 2, jets.sum())),
            "phi": jagged(jets, rng.uniform(-3, 3, jets.sum())),
        }
    )
    return {
        "lep": lepton,
        "jet": jet,
        "met_et": rng.exponential(40_000, n).astype(np.float32),
        "met_phi": rng.uniform(-3, 3, n).astype(np.float32),
        "weight": rng.normal(1, 1, n).astype(np.float32),
        "sf": rng.uniform(0.9, 1.1, n).astype(np.float32),
        "run": np.full(n, 284500, np.int32),
        "event": np.arange(n, dtype=np.int32) - 10,
        "fired": rng.uniform(size=n) < 0.9,
        "sumw": np.full(n, 1234.5, np.float32),
        "unused": rng.normal(size=n),
    }


def write_ntuple(path, branches=None, tree="mini", chunks=1):
    branches = make_branches() if branches is None else branches
    with uproot.recreate(path) as file:
        types = {name: ak.type(ak.Array(column)).content for name, column in branches.items()}
        file.mktree(tree, types)
        size = len(next(iter(branches.values())))
        for part in np.array_split(np.arange(size), chunks):
            chosen = {name: column[part] for name, column in branches.items()}
            if len(part):
                file[tree].extend(chosen)
    return path


@pytest.fixture
def branches():
    return make_branches()


@pytest.fixture
def write(tmp_path):
    def write_here(name="sample.root", **settings):
        return write_ntuple(tmp_path / name, **settings)

    return write_here


@pytest.fixture
def ntuple_format():
    return NtupleFormat.model_validate(FORMAT)


@pytest.fixture
def change_format():
    def change(**changes):
        return NtupleFormat.model_validate(FORMAT | changes)

    return change
