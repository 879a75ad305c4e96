"""What a stage costs, counted: python costs.py STAGE TINY SOURCE FOLDER prints it as JSON.

Bytes read and written by the process, and how far its memory grew: not seconds, which say more of
the machine than of the code.
"""

import json
import resource
import sys
from pathlib import Path

from rapidmass.config.inputs.ntuple_format import NtupleFormat
from rapidmass.config.models.training import ScalingSettings
from rapidmass.config.search.selection import Cut
from rapidmass.datasets.megasets import BackgroundShard, write_megaset
from rapidmass.datasets.shards import Sharder, write_shard
from rapidmass.models.inputs.loader import Recipe, iterate_batches
from rapidmass.models.inputs.scaler_fit import fit_scaler
from rapidmass.ntuples.access.sources import Source
from rapidmass.representations.base import select_elements
from rapidmass.representations.rmm.layout import Layout
from rapidmass.storage import sorting
from synthetic_events import show
from synthetic_megasets import MATRIX

FORMAT = NtupleFormat.model_validate(
    {
        "tree": ["events"],
        "energy_unit": "GeV",
        "collections": {
            "lep": {"pt": "lep_pt", "eta": "lep_eta", "phi": "lep_phi", "mass": "0 * lep_pt"},
            "jet": {"pt": "jet_pt", "eta": "jet_eta", "phi": "jet_phi", "mass": "0 * jet_pt"},
        },
        "objects": {
            "ele": {"collection": "lep", "where": "lep_pt > 10"},
            "ljet": {"collection": "jet", "where": "jet_pt > 20"},
        },
        "leptons": ["ele"],
        "met": {"pt": "met", "phi": "met_phi"},
        "identity": {"run": "run", "event": "event"},
        "weights": {"generator": "weight"},
    }
)
LAYOUT = Layout(types={"ljet": 4, "ele": 3})
MEGASETS = 10
LITTLE_MEMORY = 8 * 2**20  # so that small inputs exceed it too


def build_shard(source, folder):
    sharder = Sharder(
        Source(str(source)), sample="s", part="0", selection="x", is_data=False, settings=FORMAT,
        cuts=[Cut(name="a lepton", require="n_ele >= 1")], **show(LAYOUT), seed=1,
    )  # fmt: skip
    write_shard(sharder, folder / "shard.parquet", folder / "cutflow.json", {})


def merge_megasets(shard, folder):
    background = [BackgroundShard(shard, "s", "s", 1.0)]
    for index in range(MEGASETS):
        paths = folder / f"{index}.parquet", folder / f"test{index}.parquet"
        write_megaset(
            background, *paths, index=index, number=MEGASETS, test_fraction=0.2, provenance={}
        )


def merge_one(shard, folder):
    write_megaset(
        [BackgroundShard(shard, "s", "s", 1.0)], folder / "all.parquet", None, index=0, number=1,
        test_fraction=0, provenance={},
    )  # fmt: skip


def train_on(megaset, _):
    """Fit a scaler, and take all batches of an epoch."""
    scaler = fit_scaler(
        [megaset], ScalingSettings(kind="minmax", clip=True), validation_fraction=0.2
    )
    recipe = Recipe(scaler, select_elements(MATRIX), 0.2, "keep")
    for _ in iterate_batches(megaset, recipe, part="training", batch_size=1024, shuffle_seed=1):
        pass


STAGES = {stage.__name__: stage for stage in (build_shard, merge_megasets, merge_one, train_on)}


def count_bytes():
    lines = Path("/proc/self/io").read_text().splitlines()
    counts = {name: int(number) for name, number in (line.split(": ") for line in lines)}
    return counts["rchar"], counts["wchar"]


def get_peak():
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


def measure(stage, warm, source, folder):
    """Run a stage on a tiny input first: modules and kernels are loaded then."""
    STAGES[stage](Path(warm), Path(folder, "warm"))
    peak, (read, written) = get_peak(), count_bytes()
    STAGES[stage](Path(source), Path(folder))
    now = count_bytes()
    return {"read": now[0] - read, "written": now[1] - written, "grown": get_peak() - peak}


if __name__ == "__main__":
    sorting.BYTES_IN_MEMORY = LITTLE_MEMORY
    Path(sys.argv[4], "warm").mkdir(parents=True)
    sys.stdout.write(json.dumps(measure(*sys.argv[1:])))
