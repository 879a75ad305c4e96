"""Invented events with four-momenta, in memory and in ROOT files, for tests of alterations."""

import awkward as ak
import numpy as np
import uproot

from rapidmass.columnar.four_vectors import FourVectors
from rapidmass.config.inputs.ntuple_format import NtupleFormat
from rapidmass.config.search.selection import Cut
from rapidmass.datasets.shards import Sharder
from rapidmass.ntuples.access.sources import Source
from rapidmass.ntuples.format.events import Events
from rapidmass.representations.rmm.layout import Layout
from rapidmass.representations.rmm.representation import RapidityMassMatrix
from rapidmass.storage.event_keys import make_event_keys

LAYOUT = Layout(types={"ljet": 3, "bjet": 2, "ele": 2, "muo": 2})
KINEMATICS = ("pt", "eta", "phi", "mass")


def _bind(collection):
    return {key: f"{collection}_{key}" for key in KINEMATICS}


FORMAT = NtupleFormat.model_validate(
    {
        "tree": ["events"],
        "energy_unit": "GeV",
        "collections": {"lepton": _bind("lep"), "jet": _bind("jet")},
        "objects": {
            "ele": {"collection": "lepton", "where": "lep_kind == 11"},
            "muo": {"collection": "lepton", "where": "lep_kind == 13"},
            "ljet": {"collection": "jet", "where": "jet_tag < 0.5"},
            "bjet": {"collection": "jet", "where": "jet_tag >= 0.5"},
        },
        "leptons": ["ele", "muo"],
        "met": {"pt": "met", "phi": "met_phi"},
        "identity": {"run": "run", "event": "event"},
        "weights": {"generator": "weight"},
    }
)
CUTS = [Cut(name="two leptons", require="n_lep >= 2")]


def make_branches(n, seed=1, first=0):
    """`n` events numbered from `first`, as branches of a tree; the same for the same arguments."""
    rng = np.random.default_rng((seed, first))
    branches = {}
    for name, mean in (("lep", 2.2), ("jet", 2.0)):
        counts = rng.poisson(mean, n)
        total = counts.sum()
        columns = {
            "pt": 12 + rng.exponential(35, total),
            "eta": rng.normal(0, 1.2, total),
            "phi": rng.uniform(-np.pi, np.pi, total),
            "mass": rng.uniform(2, 15, total) if name == "jet" else np.full(total, 0.1),
        }
        columns |= (
            {"tag": rng.uniform(0, 1, total)}
            if name == "jet"
            else {"kind": rng.choice([11, 13], total)}
        )
        for key, column in columns.items():
            branches[f"{name}_{key}"] = ak.unflatten(column, counts)
    return branches | {
        "met": rng.exponential(30, n),
        "met_phi": rng.uniform(-np.pi, np.pi, n),
        "run": np.full(n, 7),
        "event": np.arange(first, first + n),
        "weight": rng.uniform(0.5, 1.5, n),
    }


def write_ntuple(path, branches):
    """Write branches as a tree of a ROOT file."""
    types = {name: ak.type(ak.Array(column)).content for name, column in branches.items()}
    with uproot.recreate(path) as file:
        file.mktree("events", types)
        if len(branches["met"]):
            file["events"].extend(branches)
    return path


def make_sharder(source, **changes):
    """What turns such a file into shards."""
    settings = {
        "sample": "ttbar", "part": "0", "selection": "2lep", "is_data": False,
        "settings": FORMAT, "cuts": CUTS, "layout": LAYOUT, "seed": 1,
    }  # fmt: skip
    settings |= changes
    return Sharder(Source(str(source)), **show(settings.pop("layout")), **settings)


def show(layout):
    """What a sharder is told of matrices of a layout."""
    return {
        "representation": RapidityMassMatrix(layout),
        "objects": layout.types,
        "sqrt_s": layout.sqrt_s,
    }


def make_events(n, seed=1, *, closed=False, massless=False):
    """Events and their keys, sorted by key; `closed`: MET balances all objects."""
    rng = np.random.default_rng(seed)
    objects = {}
    total = np.zeros((2, n))
    for name in LAYOUT.types:
        counts = rng.integers(0, 5, n)
        size = counts.sum()
        records = ak.unflatten(
            ak.zip(
                {
                    "pt": 10 + rng.exponential(50, size),
                    "eta": rng.normal(0, 1.2, size),
                    "phi": rng.uniform(-np.pi, np.pi, size),
                    "mass": np.zeros(size) if massless else rng.uniform(0, 12, size),
                }
            ),
            counts,
        )
        records = records[ak.argsort(records.pt, axis=1, ascending=False)]
        total += sum_momenta(records)
        objects[name] = FourVectors.from_awkward(records)
    x, y = -total if closed else rng.normal(0, 40, (2, n))
    keys = make_event_keys(seed, "s", np.ones(n, np.int64), np.arange(n, dtype=np.uint64))
    order = np.argsort(keys)
    events = Events(
        objects=objects,
        met=np.hypot(x, y),
        met_phi=np.arctan2(y, x),
        run=np.ones(n, np.int64),
        event=np.arange(n, dtype=np.uint64),
        dataset=np.zeros(n, np.int64),
        generator_weight=rng.normal(1, 1, n),
        scale_factor=np.ones(n),
        trigger=np.ones(n, np.bool_),
    )
    return events[order], keys[order]


def sum_momenta(records):
    """Sum of the transverse momenta of each event, shape (2, events)."""
    return np.stack(
        [
            ak.to_numpy(ak.sum(records.pt * direction(records.phi), axis=1))
            for direction in (np.cos, np.sin)
        ]
    )
