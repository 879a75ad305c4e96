"""Analyses of invented ntuples, in folders of their own, for runs of the whole workflow."""

import os
import sys
from pathlib import Path
from typing import Any

import awkward as ak
import numpy as np
import uproot
import yaml

from benchmarks.environment import KERNELS, ROOT
from benchmarks.options import SEED
from rapidmass.provenance.atomic_files import read_json

EVENTS = 300
SELECTION = "lep"
SIGNALS = ("signal0", "signal1", "signal2")
LAYERS = [{"units": 16, "activation": "tanh"}, {"units": "inputs", "activation": "linear"}]
NETWORKS = ("one", "other")
FORMAT = {
    "tree": ["toy"],
    "energy_unit": "GeV",
    "collections": {"lepton": {"pt": "pt", "eta": "eta", "phi": "phi", "mass": "0 * pt"}},
    "objects": {"ele": {"collection": "lepton", "where": "pt > 10"}},
    "leptons": ["ele"],
    "met": {"pt": "met", "phi": "met_phi"},
    "identity": {"run": "run", "event": "event"},
    "weights": {"generator": "weight"},
}


def write_analysis(folder: Path, backgrounds: int, files: int, *, distinct: bool = False) -> None:
    """Write the configuration, the sample sheet and the ntuples of an analysis.

    Parameters
    ----------
    folder
        Where to write: it becomes the working folder of Snakemake.
    backgrounds, files
        Number of background samples, and of files of each.
    distinct
        Whether each file has events of its own, as megasets want; all have the same 300 if not.
    """
    (folder / "config" / "ntuples").mkdir(parents=True)
    (folder / "config" / "ntuples" / "toy.yaml").write_text(yaml.safe_dump(FORMAT))
    (folder / "config" / "config.yaml").write_text(yaml.safe_dump(_make_config(backgrounds)))
    _write_ntuple(folder / "toy.root", 0)
    content = (folder / "toy.root").read_bytes()
    names = [f"background{k}" for k in range(backgrounds)]
    rows = []
    for name in [*names, *SIGNALS]:
        (folder / "input" / name).mkdir(parents=True)
        for number in range(files if name in names else 1):
            path = folder / "input" / name / f"{number}.root"
            if distinct:
                _write_ntuple(path, EVENTS * (1 + len(list(folder.glob("input/*/*.root")))))
                continue
            # what follows the end of a ROOT file is not read, but makes it a file of its own
            path.write_bytes(content + f"{name}/{number}".encode())
        role = "background" if name in names else "signal"
        cells = [name, name, role, "toy", f"input/{name}/*.root", "toy", "0.01", "300"]
        rows.append("\t".join(cells))
    head = "sample channel role format files campaign cross_section sum_of_weights"
    text = "\n".join(["\t".join(head.split()), *rows])
    (folder / "config" / "samples.tsv").write_text(text + "\n")


def list_command(folder: Path, *arguments: str) -> list[str]:
    """List the words that run the workflow in a folder on one core."""
    places = ["--snakefile", str(ROOT / "Snakefile"), "--directory", str(folder)]
    return [sys.executable, "-m", "snakemake", *places, "--cores", "1", *arguments]


def list_scans() -> list[str]:
    """List the last products of the chain from ntuples to cut scans."""
    return [
        f"results/{SELECTION}/scans/{network}/{signal}.json"
        for network in NETWORKS
        for signal in SIGNALS
    ]


def list_shards(folder: Path) -> list[str]:
    """List the shards of all ntuples of background."""
    return [
        f"results/{SELECTION}/rmm/shards/{path.parent.name}/{path.stem}.parquet"
        for path in sorted((folder / "input").glob("background*/*.root"))
    ]


def read_job_times(folder: Path, rule: str) -> list[float]:
    """Read how long the jobs of a rule took, in seconds, as Snakemake measured it."""
    paths = sorted((folder / "logs" / "benchmarks" / rule).rglob("*.jsonl"))
    return [float(read_json(path)["s"]) for path in paths]


def get_variables() -> dict[str, str]:
    """Get the environment of such runs: kernels are compiled once for all of them."""
    return {**os.environ, "NUMBA_CACHE_DIR": KERNELS}


def _make_config(backgrounds: int) -> dict[str, Any]:
    network = {"family": "autoencoder", "batch_size": 64, "epochs": 1, "layers": LAYERS}
    return {
        "seed": SEED,
        "samples": "config/samples.tsv",
        "ntuple_formats": "config/ntuples",
        "campaigns": {"toy": {"luminosity": 1000.0}},
        "selections": {
            SELECTION: {
                "cuts": [{"name": "lepton", "require": "pt_lep1 > 20"}],
                "channels": {"toy": [f"background{k}" for k in range(backgrounds)]},
                "signals": list(SIGNALS),
            }
        },
        "representations": {"rmm": {"kind": "rmm", "types": [{"ele": 3}]}},
        "megasets": {"number": 5},
        "split": {"test_fraction": 0.4, "validation_fraction": 0.2},
        "architectures": dict.fromkeys(NETWORKS, network),
        "scan": {"minimum_effective_events": 3, "score_quantiles": [0.5, 0.9]},
    }


def _write_ntuple(path: Path, first: int) -> None:
    rng = np.random.default_rng(SEED)
    counts = rng.integers(1, 4, EVENTS)
    total = counts.sum()
    branches = {
        "pt": ak.unflatten(rng.exponential(40, total) + 12, counts),
        "eta": ak.unflatten(rng.normal(0, 1, total), counts),
        "phi": ak.unflatten(rng.uniform(-3, 3, total), counts),
        "met": rng.exponential(40, EVENTS),
        "met_phi": rng.uniform(-3, 3, EVENTS),
        "run": np.full(EVENTS, 1, dtype=np.int32),
        "event": np.arange(first, first + EVENTS, dtype=np.int64),
        "weight": np.ones(EVENTS),
    }
    with uproot.recreate(path) as file:
        file.mktree("toy", {name: ak.type(ak.Array(c)).content for name, c in branches.items()})
        file["toy"].extend(branches)
