"""Before unblinding nothing that a run leaves behind tells the score of data above a cut."""

import re

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from rapidmass.models.baselines.registry import load_baseline
from rapidmass.scores.blinding import read_thresholds
from rapidmass.scores.write import NetworkScorer
from rapidmass.storage.parquet import read_shard
from runs import start_tiny

pytestmark = pytest.mark.workflow
# six digits and more: what is written of a number that was not rounded for people
NUMBER = re.compile(rb"-?\d+\.\d{5,}(?:e[+-]?\d+)?|-?\d\.\d+e[+-]?\d+")
STUDIES = {
    "data_comparison": {"enabled": True, "figures": 1},
    "two_sample": {"enabled": True, "toys": 9},
    "blind_test": {"enabled": True, "bins": 4, "widest": 2, "toys": 19, "experiments": 2},
    "event_displays": {"enabled": True, "networks": ["ae"], "events": 1},
    "latent_space": {"enabled": True, "networks": ["vae"]},
}
SCORERS = ("ae", "vae", "pca")
SHARD = "results/lep/rmm/shards/obs/obs.parquet"


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    """A whole run on files that count as measured."""
    run = start_tiny(tmp_path_factory.mktemp("blinding"))
    run.config["studies"] = STUDIES
    run.config["baselines"] = {"pca": {"kind": "pca"}}
    run.make("--notemp", "all", *(f"results/lep/scores/{name}/obs.parquet" for name in SCORERS))
    return run


def load_scorer(folder, name):
    models = folder / "results/lep/models" / name
    if name == "pca":
        return load_baseline("pca", models / "baseline.npz", folder / SHARD)
    return NetworkScorer(models / "model.onnx", ["error"], threads=1)


@pytest.fixture(scope="module")
def hidden(run):
    """Scores of data above the lowest cut, by what gave them, as anybody can compute them."""
    events = read_shard(run.folder / SHARD)
    found = {}
    for name in SCORERS:
        path = run.folder / f"results/lep/scores/{name}/obs.parquet"
        score = load_scorer(run.folder, name).score(events)["score"]
        found[name] = score[score > read_thresholds(path)["score"]]
        assert 30 < len(found[name]) < len(score) - 30
        assert len(found[name]) + pq.read_metadata(path).num_rows == len(score)
    return found


def list_numbers(path):
    """Numbers that a file holds, in single precision."""
    if path.suffix == ".parquet":
        table = pq.read_table(path)
        columns = [c for c in table.columns if pa.types.is_floating(c.type)]
        return np.concatenate([c.to_numpy().astype(np.float32) for c in columns] or [[]])
    if path.suffix == ".npz":
        with np.load(path) as arrays:
            kept = [arrays[name].ravel() for name in arrays if arrays[name].dtype.kind == "f"]
            return np.concatenate(kept).astype(np.float32)
    return np.array([float(text) for text in NUMBER.findall(path.read_bytes())], dtype=np.float32)


def find_scores(folder, scores):
    """Files in which scores are, with how many of them."""
    wanted = np.concatenate(list(scores.values()))
    found = {}
    for path in sorted(folder.rglob("*")):
        if path.is_file() and path.suffix not in (".root", ".pt", ".png", ".pdf"):
            number = np.isin(wanted, list_numbers(path)).sum()
            if number > 1:  # one may be chance
                found[str(path.relative_to(folder))] = int(number)
    return found


def test_no_product_record_cache_or_log_has_a_score_above_the_cuts(run, hidden):
    assert find_scores(run.folder, hidden) == {}


def test_such_scores_would_be_found(tmp_path, hidden):
    scores = hidden["ae"]
    pq.write_table(pa.table({"score": scores}), tmp_path / "scores.parquet")
    (tmp_path / "job.log").write_text(f"the scores are {scores[:5].astype(float).tolist()}")
    assert find_scores(tmp_path, hidden) == {"job.log": 5, "scores.parquet": len(scores)}
