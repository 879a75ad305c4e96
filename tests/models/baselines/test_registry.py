"""What all baselines have in common."""

import subprocess
import sys
from itertools import pairwise

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from sklearn.metrics import roc_auc_score

from rapidmass.config.models.training import ScalingSettings
from rapidmass.models.baselines.registry import load_baseline, read_settings
from rapidmass.models.inputs.scaler_fit import fit_scaler
from rapidmass.representations.rmm.layout import Layout
from rapidmass.scores.write import write_scores
from rapidmass.statistics.roc import compute_auc
from synthetic_megasets import LAYOUT, make_events, write_events

PCA = {"kind": "pca", "components": 5}
FOREST = {"kind": "isolation_forest", "n_estimators": 20}
MIXTURE = {"kind": "density", "gaussians": 3, "components": 4}
KERNEL = {"kind": "density", "by": "kernel", "components": 6, "max_events": 1000}
NEIGHBOURS = {"kind": "neighbours", "components": 6}
SHUFFLED = {"kind": "shuffled", "max_trees": 10}
KINDS = [PCA, FOREST, MIXTURE, KERNEL, NEIGHBOURS, SHUFFLED]
FITTED = pytest.mark.parametrize("content", KINDS, ids=lambda content: content["kind"])
ALL = pytest.mark.parametrize("content", [{"kind": "met"}, *KINDS], ids=lambda c: c["kind"])


@pytest.fixture
def load(fit, megaset):
    def load_one(content):
        if content in KINDS:
            return fit(content)
        return load_baseline(content["kind"], None, megaset, read_settings(content).variable)

    return load_one


@ALL
def test_hard_anomalies_are_found_and_the_measure_is_that_of_scikit_learn(load, events, content):
    baseline = load(content)
    signal = make_events(500, seed=7, hardness=4)
    scores = [baseline.score(table)["score"] for table in (events, signal)]
    weights = [table.column("weight").to_numpy() for table in (events, signal)]
    found = compute_auc(scores[0], weights[0], scores[1], weights[1])
    truth = np.repeat([0, 1], [len(score) for score in scores])
    expected = roc_auc_score(truth, np.concatenate(scores), sample_weight=np.concatenate(weights))
    assert found.value == pytest.approx(expected, abs=1e-9)
    if content["kind"] == "multiplicity":
        assert found.value == pytest.approx(0.5, abs=5 * found.uncertainty)
    elif content["kind"] != "shuffled":  # there, what is harder as a whole still belongs together
        assert found.value > 0.7


@ALL
def test_files_of_scores_are_those_of_networks(load, events, megaset, tmp_path, content):
    baseline = load(content)
    write_scores(baseline, [megaset], tmp_path / "s.parquet", provenance={"seed": 1})
    found = pq.read_table(tmp_path / "s.parquet")
    matrix = ["rmm", *(f"n_{name}" for name in LAYOUT.types)]
    others = events.drop_columns(matrix).replace_schema_metadata()
    assert found.drop_columns("score").replace_schema_metadata().equals(others)
    assert found.schema.field("score").type == pa.float32()
    scores = baseline.score(events)["score"]
    np.testing.assert_allclose(found.column("score").to_numpy(), scores, rtol=1e-6)


@ALL
def test_the_score_of_an_event_knows_nothing_of_others(load, events, content):
    baseline = load(content)
    whole = baseline.score(events)["score"]
    some = baseline.score(events.slice(1000, 37))["score"]
    np.testing.assert_allclose(some, whole[1000:1037], rtol=1e-6)
    assert baseline.score(events.slice(0, 0))["score"].shape == (0,)


@ALL
def test_matrices_of_another_layout_are_refused(load, megaset, tmp_path, content):
    other = make_events(5, layout=Layout(types={"ele": 2}))
    path = write_events(tmp_path / "o.parquet", other)
    with pytest.raises(ValueError, match=r"o\.parquet holds events as"):
        write_scores(load(content), [megaset, path], tmp_path / "s.parquet", provenance={})


@FITTED
def test_events_of_the_validation_part_change_nothing(fit, training, content, tmp_path):
    path = write_events(tmp_path / "training.parquet", training)
    fit(content, name="a")
    fit(content, name="b", megasets=[path])
    fit(content, name="c", validation_fraction=0.0)
    a, b, c = ((tmp_path / f"{name}.npz").read_bytes() for name in "abc")
    assert a == b
    assert a != c


@FITTED
def test_same_events_same_bytes(fit, events, content, tmp_path):
    edges = [0, 700, 2000, 3000]
    pieces = [
        write_events(tmp_path / f"{start}.parquet", events.slice(start, stop - start))
        for start, stop in pairwise(edges)
    ]
    fit(content, name="a")
    fit(content, name="b")
    fit(content, name="c", threads=2)
    files = [(tmp_path / f"{name}.npz").read_bytes() for name in "abc"]
    assert files[0] == files[1] == files[2]
    split = fit(content, name="d", megasets=pieces)
    np.testing.assert_allclose(
        split.score(events)["score"], fit(content).score(events)["score"], rtol=1e-5
    )


@FITTED
def test_excluded_features_are_not_seen(fit, events, content):
    baseline = fit({**content, "exclude_features": ["m_*"]})
    matrices = events.column("rmm").combine_chunks()
    masses = {LAYOUT.find_cell(name) for name in LAYOUT.cell_names if name.startswith("m_")}
    seen = set(baseline.compute.args[0].features.tolist())
    assert masses
    assert seen == set(range(LAYOUT.n_cells)) - masses
    assert len(baseline.score(events)["score"]) == len(matrices)


@FITTED
def test_events_of_another_selection_are_refused(fit, events, content, tmp_path):
    def write(selection):
        metadata = {**events.schema.metadata, b"rapidmass.selection": selection.encode()}
        path = tmp_path / f"{selection}.parquet"
        return write_events(path, events.replace_schema_metadata(metadata))

    paths = [write("2lep"), write("3lep")]
    scaler = fit_scaler(paths[:1], ScalingSettings(), validation_fraction=0)
    with pytest.raises(ValueError, match=r"3lep\.parquet holds events of the selection 3lep"):
        fit(content, megasets=paths, scaler=scaler)
    assert not (tmp_path / "model.npz").exists()
    baseline = fit(content, megasets=paths[:1], scaler=scaler)
    assert baseline.selection == "2lep"


def test_there_must_be_such_a_kind(megaset):
    with pytest.raises(ValueError, match="no baseline of the kind 'magic'"):
        load_baseline("magic", None, megaset)
    with pytest.raises(ValueError, match="magic"):
        read_settings({"kind": "magic"})


def test_what_is_fitted_needs_its_file_and_nothing_else_has_one(fit, megaset, tmp_path):
    with pytest.raises(ValueError, match="'pca' needs the file of its fit"):
        load_baseline("pca", None, megaset)
    with pytest.raises(ValueError, match="'met' are not fitted"):
        fit({"kind": "met"})
    fit(PCA)
    with pytest.raises(
        ValueError, match=r"model\.npz is a baseline of the kind 'pca', not 'isolation_forest'"
    ):
        load_baseline("isolation_forest", tmp_path / "model.npz", megaset)


def test_scoring_needs_no_scikit_learn(fit, megaset, tmp_path):
    fit(FOREST)
    code = (
        "import sys; from pathlib import Path\n"
        "from rapidmass.models.baselines.registry import load_baseline\n"
        "from rapidmass.storage.parquet import read_shard\n"
        "model, events = map(Path, sys.argv[1:])\n"
        "load_baseline('isolation_forest', model, events).score(read_shard(events))\n"
        "sys.exit('sklearn' in sys.modules)"
    )
    run = [sys.executable, "-c", code, tmp_path / "model.npz", megaset]
    assert subprocess.run(run, check=False).returncode == 0
