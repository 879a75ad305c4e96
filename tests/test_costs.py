"""How often data are read and written, and how much memory that takes, on inputs that are fixed."""

import json
import subprocess
import sys
from pathlib import Path

import awkward as ak
import numpy as np
import pytest
import uproot

SIZES = {"tiny": 2000, "small": 250_000, "large": 500_000}
NEEDED = ("lep_", "jet_", "met", "run", "event", "weight")


def make_branches(n):
    rng = np.random.default_rng(n)
    jagged = {}
    for name, mean in (("lep", 2.5), ("jet", 3.0)):
        counts = rng.poisson(mean, n)
        total = counts.sum()
        kinematics = {
            "pt": rng.exponential(30, total) + 10,
            "eta": rng.normal(0, 1, total),
            "phi": rng.uniform(-3, 3, total),
            "of_no_use": rng.normal(0, 1, total),
        }
        columns = {key: column.astype(np.float32) for key, column in kinematics.items()}
        jagged[name] = ak.unflatten(ak.zip(columns), counts)
    flat = {"met": rng.exponential(30, n), "met_phi": rng.uniform(-3, 3, n)}
    flat |= {"weight": rng.normal(1, 1, n), "unused": rng.normal(1, 1, n)}
    numbers = {"run": np.full(n, 7), "event": np.arange(n)}
    return {**jagged, **{k: v.astype(np.float32) for k, v in flat.items()}, **numbers}


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("costs")
    for name, size in SIZES.items():
        branches = make_branches(size)
        with uproot.recreate(folder / f"{name}.root", compression=uproot.ZSTD(1)) as file:
            types = {key: ak.type(ak.Array(column)).content for key, column in branches.items()}
            file.mktree("events", types, field_name=lambda outer, inner: f"{outer}_{inner}")
            for start in range(0, size, 20_000):
                piece = {key: column[start : start + 20_000] for key, column in branches.items()}
                file["events"].extend(piece)
    return folder


@pytest.fixture(scope="module")
def run(folder):
    """What a stage costs on an input of a size; stages before it leave their outputs."""

    def measure(stage, size, source):
        place = folder / f"{stage}-{size}"
        inputs = [source.format(size) for size in ("tiny", size)]
        command = [sys.executable, Path(__file__).with_name("costs.py"), stage]
        command += [folder / name for name in inputs]
        done = subprocess.run([*command, place], capture_output=True, text=True, check=True)
        return {**json.loads(done.stdout), "folder": place, "source": folder / inputs[1]}

    return measure


@pytest.fixture(scope="module")
def shards(run):
    run("build_shard", "tiny", "{}.root")
    return {size: run("build_shard", size, "{}.root") for size in ("small", "large")}


@pytest.fixture(scope="module")
def merged(run, shards):
    run("merge_one", "tiny", "build_shard-{}/shard.parquet")
    return {size: run("merge_one", size, "build_shard-{}/shard.parquet") for size in shards}


def test_a_shard_job_reads_the_needed_branches_once_and_writes_twice_at_most(shards):
    """Events that exceed the memory wait on disk, uncompressed, before they are written."""
    for cost in shards.values():
        with uproot.open(cost["source"]) as file:
            needed = sum(
                branch.compressed_bytes
                for branch in file["events"].branches
                if branch.name.startswith(NEEDED) and "of_no_use" not in branch.name
            )
        shard = (cost["folder"] / "shard.parquet").stat().st_size
        waited = cost["written"] - shard
        assert 0 < waited < 2 * shard
        assert needed < cost["read"] - waited < 1.05 * needed + 200_000


@pytest.mark.parametrize("stage", ["shards", "merged"])
def test_memory_does_not_grow_with_the_number_of_events(stage, request):
    costs = request.getfixturevalue(stage)
    small, large = costs["small"]["grown"], costs["large"]["grown"]
    assert large < 1.25 * small + 30 * 2**20
    assert large < 250 * 2**20


def test_ten_megasets_read_the_shards_about_once(run, shards):
    shard = (shards["large"]["folder"] / "shard.parquet").stat().st_size
    cost = run("merge_megasets", "large", "build_shard-{}/shard.parquet")
    # two megasets share the row groups at their border
    assert shard < cost["read"] < 1.4 * shard
    outputs = sum(path.stat().st_size for path in cost["folder"].glob("*.parquet"))
    assert cost["written"] < 1.1 * outputs


def test_scaler_and_epoch_read_a_megaset_once_each(run, merged):
    megaset = merged["large"]["folder"] / "all.parquet"
    run("train_on", "tiny", "merge_one-{}/all.parquet")
    cost = run("train_on", "large", "merge_one-{}/all.parquet")
    assert cost["read"] < 2 * megaset.stat().st_size + 200_000
    assert cost["grown"] < 200 * 2**20
