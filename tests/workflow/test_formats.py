"""Real files of public formats, from the sample sheet to cutflows and scores."""

import json
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest
import yaml

from real_files import find_file
from runs import TINY_FORMAT

pytestmark = pytest.mark.workflow
CMS = [
    ("ww", "background", "cms_heptutorial", "ww.root"),
    ("single_top", "background", "cms_heptutorial", "single_top.root"),
    ("ttbar", "background", "cms_nanoaod", "nano_tt_v12.root"),
    ("wz", "signal", "cms_heptutorial", "wz.root"),
    ("dimuon", "data", "cms_nanoaod", "nano_dimuon.root"),
]
ATLAS = [
    ("Zee", "background", "atlas_open_data_2020", "mc_361106.Zee"),
    ("top", "background", "atlas_open_data_2020", "mc_410000.ttbar"),
    ("ttWW", "signal", "atlas_open_data_2025", "ODEO_FEB2025_v0_2J2LMET30"),
    ("data15_D", "data", "atlas_open_data_2025", "ODEO_FEB2025_v0_exactly4lep"),
]
FIVE_TYPES = [{"ljet": 10}, {"bjet": 10}, {"muo": 10}, {"ele": 10}, {"pho": 10}]


def list_rows(samples):
    numbers = {"cross_section": 1.0, "sum_of_weights": 1000.0, "constants": "sheet"}
    return [
        {"sample": name, "channel": name, "role": role, "format": kind, "campaign": "c",
         "files": find_file(start).path, **({} if role == "data" else numbers)}
        for name, role, kind, start in samples
    ]  # fmt: skip


def describe_selection(samples, require):
    by_role = {
        role: [name for name, found, *_ in samples if found == role]
        for role in ("background", "signal", "data")
    }
    return {
        "cuts": [{"name": "leptons", "require": require}],
        "channels": {name: [name] for name in by_role["background"]},
        "signals": by_role["signal"],
        "data": by_role["data"],
    }


def make_scores(start_run, name, samples, require, **changes):
    """Run the workflow up to the scores of one network, for every sample."""
    run = start_run(
        name,
        list_rows(samples),
        campaigns={"c": {"luminosity": 1000.0}},
        selections={"all": describe_selection(samples, require)},
        files={"bad_files": "quarantine"},
        unblinding={"by": "the tests", "reason": "these data are public"},
        **changes,
    )
    names = ["background", *(name for name, role, *_ in samples if role != "background")]
    scores = [f"results/all/scores/ae/{name}.parquet" for name in names]
    run.make(*scores, "results/all/cutflow.json")
    folder = run.folder / "results/all"
    cutflow = json.loads((folder / "cutflow.json").read_text())["samples"]
    return (
        folder,
        cutflow,
        {name: pq.read_table(folder / f"scores/ae/{name}.parquet") for name in names},
    )


def check_scores(cutflow, scores):
    for name, table in scores.items():
        assert np.isfinite(table["score"].to_numpy()).all()
        if name != "background":
            assert table.num_rows == cutflow[name]["raw"][-1] > 0


def test_cms_files_of_two_formats_are_scored(start_run):
    _, cutflow, scores = make_scores(start_run, "cms", CMS, "n_lep >= 1")
    check_scores(cutflow, scores)
    # nothing is lost on the way: what the formats leave of each file
    entries = {"ww": 4580, "single_top": 5684, "wz": 3367, "ttbar": 200, "dimuon": 40}
    assert {name: flow["raw"][0] for name, flow in cutflow.items()} == entries


def test_matrices_with_photons_come_from_the_configuration_alone(start_run):
    folder, cutflow, scores = make_scores(
        start_run,
        "photons",
        ATLAS,
        "n_lep >= 2",
        representations={"rmm": {"kind": "rmm", "types": FIVE_TYPES}},
    )
    check_scores(cutflow, scores)
    shard = pq.read_table(next(Path(folder, "rmm/shards/ttWW").glob("*.parquet")))
    assert shard["n_pho"].to_numpy().sum() > 0
    assert cutflow["Zee"]["steps"][1] == "sound numbers"
    # Zee has one muon of 7 TeV
    assert cutflow["Zee"]["raw"][:2] == [898, 897]


def test_data_of_sections_that_are_not_certified_are_left_out(tiny):
    settings = {**TINY_FORMAT, "identity": {**TINY_FORMAT["identity"], "section": "event // 100"}}
    (tiny.folder / "config/ntuples/tiny.yaml").write_text(yaml.safe_dump(settings))
    sheet = tiny.folder / "config/samples.tsv"
    header, *rows, data = sheet.read_text().splitlines()
    empty = "\t" * (header.count("\t") - data.count("\t"))
    sheet.write_text(
        "\n".join([f"{header}\tcertified", *rows, f"{data}{empty}\tgolden {{4}}.json"]) + "\n"
    )
    shard = "results/lep/rmm/shards/obs/obs.parquet"
    absent = tiny.snakemake("--dry-run", shard)
    assert "sample obs: there is no file golden {4}.json with certified sections" in absent.output
    golden = tiny.folder / "golden {4}.json"
    golden.write_text('{"4": [[0, 0], [2, 2]]}')
    tiny.make(shard)
    cutflow = json.loads((tiny.folder / shard.replace(".parquet", ".cutflow.json")).read_text())
    assert cutflow["steps"][1] == "certified sections"
    assert cutflow["raw"][:2] == [300, 200]
    assert "Nothing to be done" in tiny.snakemake("--dry-run", shard).output
    golden.write_text('{"4": [[0, 0]]}')
    assert "build_shard" in tiny.snakemake("--dry-run", shard).output
