"""Before unblinding nothing that a run leaves behind tells the score of data above a cut."""

import re
from pathlib import Path

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
    "event_displays": {"enabled": True, "networks": ["ae"], "events": 1},
    "latent_space": {"enabled": True, "networks": ["vae"]},
}
MIXING = {"blind_test": {"enabled": True, "bins": 4, "widest": 2, "toys": 200}}
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


def test_a_mixture_with_measured_data_is_refused_whoever_asks_for_it(run):
    run.config["studies"] = {**STUDIES, **MIXING}
    key = "studies.blind_test: the data sample obs of the selection lep is measured"
    asked = run.snakemake("--dry-run")
    assert (asked.returncode != 0, key in asked.output) == (True, True)
    run.config["studies"] = STUDIES
    for path in (
        "scores/ae/blind.parquet",
        "rmm/blind/events.parquet",
        "rmm/blind/sealed/labels.parquet",
    ):
        asked = run.snakemake("--dry-run", f"results/lep/{path}")
        assert (asked.returncode != 0, key in asked.output) == (True, True), asked.output


def test_with_consent_it_gives_away_what_the_configuration_says(run, hidden):
    """The test finds what leaks, so that its silence elsewhere tells something."""
    consent = {"by": "the tests", "reason": "nobody measured these data"}
    run.config["studies"] = {"blind_test": {**MIXING["blind_test"], "consent": consent}}
    mixture = "results/lep/scores/ae/blind.parquet"
    run.make(mixture)
    assert find_scores(run.folder / "results/lep", {"ae": hidden["ae"]})[
        str(Path(mixture).relative_to("results/lep"))
    ] > 0.5 * len(hidden["ae"])
    events = pq.read_schema(run.folder / "results/lep/rmm/blind/events.parquet").names
    assert not {"run", "event", "m_ll", "m_lll", "met_phi"} & set(events)
