"""Folds instead of a test set, on small events of the user's own, to the report."""

import re
from copy import deepcopy

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest
import yaml

from rapidmass.datasets.folds import Fold, find_folds
from rapidmass.provenance.atomic_files import read_json
from rapidmass.scores.fold_map import read_fold_map
from rapidmass.scores.write import NetworkScorer
from rapidmass.storage.parquet import read_shard
from runs import TINY_FORMAT, start_tiny

pytestmark = pytest.mark.workflow
K = 3
FEW = {"enabled": True, "networks": ["ae"]}
STUDIES = {
    "channel_removal": {**FEW, "channels": ["B1"]},
    "altered_events": {
        **FEW,
        "share": 1.0,
        "alterations": [{"kind": "scale_pt", "name": "pt", "objects": ["ele"], "factors": [5]}],
    },
    "event_displays": {**FEW, "events": 1},
}
JOB = re.compile(r"^(?:local)?rule (\w+):\n(?:    .*\n)*?    output: (.*)$", re.M)


def list_jobs(run):
    outcome = run.snakemake("--dry-run")
    assert outcome.returncode == 0, outcome.output[-3000:]
    jobs = JOB.findall(outcome.output)
    return {
        (rule, re.sub(r"^results/(lep/)?", "", outputs.split(", ")[0]))
        for rule, outputs in jobs
        if rule != "all"
    }


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    run = start_tiny(tmp_path_factory.mktemp("folds"))
    run.config["split"] = {"folds": K, "validation_fraction": 0.2}
    run.config["baselines"] = {"met": {"kind": "met"}, "pca": {"kind": "pca"}}
    run.config["studies"] = STUDIES
    run.config["systematics"] = ["heavier"]
    shifted = {**TINY_FORMAT, "shifts": {"heavier": {"weight": "1.1"}}}
    (run.folder / "config/ntuples/tiny.yaml").write_text(yaml.safe_dump(shifted))
    run.make()
    return run


@pytest.fixture(scope="module")
def results(run):
    return run.folder / "results/lep"


@pytest.fixture
def edited(run):
    """The configuration, to be changed; afterwards it is as it was."""
    before = deepcopy(run.config)
    yield run.config
    run.config = before


def read_scores(results, model, dataset="background"):
    return pq.read_table(results / f"scores/{model}/{dataset}.parquet")


def read_all(results, folder):
    paths = sorted(results.glob(f"rmm/{folder}/[!.]*.parquet"))
    return pa.concat_tables([read_shard(path).replace_schema_metadata() for path in paths])


@pytest.mark.parametrize("model", ["ae", "vae", "pca", "met"])
def test_every_simulated_event_counts_once_with_the_weight_that_it_has(results, model):
    keys = read_all(results, "shards/b*")["key"]
    scored = read_scores(results, model)
    assert sorted(scored["key"].to_pylist()) == sorted(keys.to_pylist())
    # cross section x share of 300 events of weight 1
    expected = 0.01 * len(keys) / 300
    assert pc.sum(scored["weight"]).as_py() == pytest.approx(expected)


def test_the_scan_expects_what_was_simulated(results):
    cut = read_json(results / "scans/ae/sig.json")["cuts"][0]
    events = read_scores(results, "ae").num_rows
    assert cut["background"]["events"] == events
    assert cut["background"]["expected"] == pytest.approx(1000 * 0.01 * events / 300)


def test_each_event_is_scored_by_the_network_that_did_not_see_it(results):
    events = read_all(results, "megasets")
    keys = events["key"].to_numpy()
    folds = find_folds(keys, K)
    fold_map = read_fold_map(results / "scores/ae/background.folds.npz")
    found = read_scores(results, "ae")
    assert np.array_equal(found["key"].to_numpy(), keys)
    for fold in range(K):
        path = results / f"models/ae-fold-{fold}"
        network = NetworkScorer(path / "model.onnx", ["error"], threads=1)
        assert network.fold == Fold(fold, K)
        mine = events.filter(pa.array(folds == fold))
        raw = network.score(mine)["score"]
        common = fold_map.curves["score"][fold].apply(raw)
        expected = found["score"].to_numpy()[folds == fold]
        np.testing.assert_allclose(common, expected, rtol=1e-5, atol=1e-5)
        card = read_json(path / "card.json")
        assert card["fold"] == [fold, K]
        assert card["training_events"] + card["validation_events"] == np.sum(folds != fold)


@pytest.mark.parametrize("model", ["ae", "pca"])
def test_shifted_events_meet_the_same_networks_and_the_same_scale(results, model):
    path = results / f"shifts/heavier/scores/{model}/background.parquet"
    shifted, nominal = pq.read_table(path), read_scores(results, model)
    assert shifted["key"].equals(nominal["key"])
    np.testing.assert_allclose(shifted["score"], nominal["score"], rtol=1e-5, atol=1e-5)
    np.testing.assert_allclose(shifted["weight"], pc.multiply(nominal["weight"], 1.1))


def test_a_single_network_is_tested_on_the_first_fold(results):
    test = read_all(results, "test")
    assert (find_folds(test["key"].to_numpy(), K) == 0).all()
    for model in ("ae-fold-0", "ae-without-B1"):
        assert read_scores(results, model)["key"].equals(test["key"])
    explained = read_json(results / "explanations/ae.json")
    assert explained["altered"]["pt_x5"]["events"] <= test.num_rows
    altered = read_scores(results, "ae", "altered")
    assert altered.num_rows > 2 * test.num_rows
    removal = read_json(results / "channel_removal/ae/B1.json")
    assert "B1" in removal["channels"]


def test_the_report_tells_of_folds(run):
    text = (run.folder / "results/report/report.html").read_text()
    assert f"{K} folds, each event scored by the network that did not see it" in text


def test_another_number_of_folds_makes_anew_what_follows_and_nothing_else(run, edited):
    assert list_jobs(run) == set()
    edited["split"]["folds"] = 4
    jobs = list_jobs(run)
    assert {rule for rule, _ in jobs}.isdisjoint(
        {"build_shard", "build_altered", "normalise_sample", "collect_cutflows", "merge_altered"}
    )
    trained = {output for rule, output in jobs if rule == "train"}
    expected = [f"{name}-fold-{fold}" for name in ("ae", "vae") for fold in range(4)]
    assert trained == {f"models/{name}/weights.pt" for name in (*expected, "ae-without-B1")}


def test_another_architecture_is_trained_anew_for_each_fold(run, edited):
    edited["architectures"]["vae"]["epochs"] = 3
    jobs = list_jobs(run)
    trained = {output for rule, output in jobs if rule == "train"}
    assert trained == {f"models/vae-fold-{fold}/weights.pt" for fold in range(K)}
    assert {rule for rule, _ in jobs} == {
        "train", "score_folds", "score", "score_data", "score_shifted", "scan_cuts",
        "draw_network", "draw_section", "draw_comparison", "summarise_scans", "write_report",
    }  # fmt: skip


def test_scores_of_one_network_on_events_that_it_saw_are_refused(run):
    outcome = run.snakemake("--dry-run", "results/lep/scores/ae-fold-0/altered.parquet")
    assert outcome.returncode != 0
    assert "ae-fold-0 was trained on some of the simulated events of altered" in outcome.output
