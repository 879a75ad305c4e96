"""Real Snakemake runs of the real workflow, in folders of their own, on small events."""

import os
import re
import subprocess
import sys
import tempfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

import awkward as ak
import numpy as np
import uproot
import yaml

from prepared import run_prepared

ROOT = Path(__file__).parents[1]
# compiled kernels are shared: each run has a folder of its own
ENVIRONMENT = {**os.environ, "NUMBA_CACHE_DIR": str(ROOT / ".cache" / "numba")}
LAYERS = [
    {"units": 16, "activation": "tanh"},
    {"units": "inputs", "activation": "linear"},
]


class Outcome(NamedTuple):
    """How a run ended, and what it said on both streams."""

    returncode: int
    output: str


@dataclass
class Run:
    """A working folder with a configuration."""

    folder: Path
    config: dict
    checkout: Path = ROOT
    environment: dict = field(default_factory=dict)
    frozen: bool = False  # the configuration is as it lies there
    wrapper: list = field(default_factory=list)  # words before the command

    def save(self):
        if self.frozen:
            return
        (self.folder / "config").mkdir(exist_ok=True)
        (self.folder / "config" / "config.yaml").write_text(
            yaml.safe_dump(self.config, sort_keys=False)
        )

    def start(self, *arguments, cores=2, **options):
        """Start Snakemake in a session of its own; a cluster's profile limits cores by itself."""
        self.save()
        return subprocess.Popen(
            [*self.wrapper, sys.executable, "-m", "snakemake", *self._list(arguments, cores)],
            cwd=self.checkout,
            env={**ENVIRONMENT, **self.environment},
            start_new_session=True,
            text=True,
            **{"stdout": subprocess.PIPE, "stderr": subprocess.STDOUT, **options},
        )

    def _list(self, arguments, cores):
        limit = [] if cores is None else ["--cores", str(cores)]
        places = ["--snakefile", str(self.checkout / "Snakefile"), "--directory", str(self.folder)]
        return [*places, *limit, *arguments]

    def snakemake(self, *arguments, cores=2):
        if "--dry-run" in arguments and not self.wrapper:
            return self._run_dry(self._list(arguments, cores))
        with self.start(*arguments, cores=cores) as process:
            said, _ = process.communicate()
        return Outcome(process.returncode, said)

    def _run_dry(self, arguments):
        self.save()
        environment = {**ENVIRONMENT, **self.environment}
        with tempfile.TemporaryDirectory() as folder:
            output = Path(folder, "output")
            code = run_prepared(arguments, self.checkout, environment, output)
            return Outcome(code, output.read_text())

    def make(self, *arguments, cores=2):
        result = self.snakemake(*arguments, cores=cores)
        assert result.returncode == 0, result.output[-5000:]
        return result


def read_product(path):
    """Bytes of a product; of a page without its foot, which says when and how the run began."""
    content = path.read_bytes()
    if path.suffix == ".html":
        content, number = re.subn(rb"<footer.*?</footer>", b"", content, flags=re.DOTALL)
        assert number == 1, path
    return content


def write_samples(folder, rows):
    columns = list(dict.fromkeys(key for row in rows for key in row))
    lines = ["\t".join(columns)]
    lines += ["\t".join(str(row.get(key, "")) for key in columns) for row in rows]
    (folder / "config").mkdir(exist_ok=True)
    (folder / "config" / "samples.tsv").write_text("\n".join(lines) + "\n")


def make_config(networks=None, **changes):
    """A configuration with two small networks, and perhaps more."""
    return {
        "seed": 1,
        "samples": "config/samples.tsv",
        "ntuple_formats": "config/ntuples",
        "megasets": {"number": 2},
        "split": {"test_fraction": 0.4, "validation_fraction": 0.2},
        "architectures": {
            "ae": {"family": "autoencoder", "batch_size": 64, "epochs": 2, "layers": LAYERS},
            "vae": {
                "family": "vae", "batch_size": 64, "epochs": 2, "latent": 4,
                "encoder": LAYERS[:1], "decoder": LAYERS,
            },
            **(networks or {}),
        },
        "scan": {"minimum_effective_events": 3, "score_quantiles": [0.5, 0.9]},
        **changes,
    }  # fmt: skip


TINY_FORMAT = {
    "tree": ["tiny"],
    "energy_unit": "GeV",
    "collections": {"lepton": {"pt": "pt", "eta": "eta", "phi": "phi", "mass": "0 * pt"}},
    "objects": {"ele": {"collection": "lepton", "where": "pt > 10"}},
    "leptons": ["ele"],
    "met": {"pt": "met", "phi": "met_phi"},
    "identity": {"run": "run", "event": "event"},
    "weights": {"generator": "weight"},
}


def make_tiny_events(seed, scale, size=300):
    rng = np.random.default_rng(seed)
    counts = rng.integers(1, 4, size)
    total = counts.sum()
    return {
        "pt": ak.unflatten(rng.exponential(scale, total) + 12, counts),
        "eta": ak.unflatten(rng.normal(0, 1, total), counts),
        "phi": ak.unflatten(rng.uniform(-3, 3, total), counts),
        "met": rng.exponential(scale, size),
        "met_phi": rng.uniform(-3, 3, size),
        "run": np.full(size, seed, dtype=np.int32),
        "event": np.arange(size, dtype=np.int64),
        "weight": np.ones(size),
    }


def write_tiny(path, events, tree="tiny"):
    path.parent.mkdir(exist_ok=True)
    with uproot.recreate(path) as file:
        file.mktree(tree, {name: ak.type(ak.Array(c)).content for name, c in events.items()})
        file[tree].extend(events)


TINY_SAMPLES = [("b1", "background", 30), ("b2", "background", 50), ("sig", "signal", 200),
                ("obs", "data", 35)]  # fmt: skip


def start_tiny(folder, more=(), priors=()):
    """Make a run on the user's own files: two backgrounds, a signal and data, seconds to finish.

    More signals, and priors, may be added, each with its name and scale.
    """
    samples = [*TINY_SAMPLES, *((name, "signal", scale) for name, scale in more)]
    samples += [(name, "prior", scale) for name, scale in priors]
    (folder / "config" / "ntuples").mkdir(parents=True)
    (folder / "config" / "ntuples" / "tiny.yaml").write_text(yaml.safe_dump(TINY_FORMAT))
    rows = []
    for seed, (name, role, scale) in enumerate(samples, start=1):
        write_tiny(folder / "input" / f"{name}.root", make_tiny_events(seed, scale))
        simulated = {"cross_section": 0.01, "sum_of_weights": 300.0} if role != "data" else {}
        rows.append({"sample": name, "channel": name, "role": role, "format": "tiny",
                     "files": f"input/{name}.root", "campaign": "c", **simulated})  # fmt: skip
    write_samples(folder, rows)
    selection = {
        "cuts": [{"name": "lepton", "require": "pt_lep1 > 20"}],
        "channels": {"B1": ["b1"], "B2": ["b2"]},
        "signals": ["sig", *(name for name, _ in more)],
        "data": ["obs"],
    }
    config = make_config(
        campaigns={"c": {"luminosity": 1000.0}},
        selections={"lep": selection},
        representations={"rmm": {"kind": "rmm", "types": [{"ele": 3}]}},
    )
    return Run(folder, config)
