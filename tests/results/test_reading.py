"""The products of a run, opened by whoever goes on with it."""

import json

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import rapidmass as rm
from synthetic_megasets import make_events, write_events

NUMBERS = {
    "edges": [0.0, 1.0, 3.0],
    "channels": {"top": {"values": [1.0, 2.0], "variances": [0.5, 1.0]}},
    "background": {"values": [1.0, 2.0], "variances": [0.5, 1.0]},
    "signals": {"susy": {"values": [0.1, 0.2], "variances": [0.01, 0.02]}},
    "data": [2, 1],
}


@pytest.fixture
def results(tmp_path):
    top = tmp_path / "results"
    for folder in ("2lep/scores/vae", "2lep/rmm/shards/ttbar", "2lep/figures/vae", "report"):
        (top / folder).mkdir(parents=True)
    pq.write_table(pa.table({"key": [1], "score": [0.5]}), top / "2lep/scores/vae/susy.parquet")
    for part in range(2):
        write_events(top / f"2lep/rmm/shards/ttbar/{part}.parquet", make_events(20, seed=part))
    (top / "2lep/figures/vae/scores.png").write_bytes(b"")
    (top / "2lep/figures/vae/scores.json").write_text(json.dumps(NUMBERS))
    (top / "2lep/figures/vae/losses.json").write_text("{}")
    (top / "summary.csv").write_text("selection,scorer,asimov\n2lep,vae,1.5\n")
    return rm.open_results(top)


def test_tables_are_read(results):
    assert results.selections == ["2lep"]
    assert results.list_scores("2lep") == {"vae": ["susy"]}
    assert results.read_scores("2lep", "vae", "susy")["score"].to_pylist() == [0.5]
    assert results.read_shards("2lep", "ttbar").num_rows == 40
    assert results.read_scans()["asimov"].to_pylist() == [1.5]


def test_figures_become_histograms(results):
    assert results.list_figures("2lep") == ["figures/vae/scores"]
    found = results.read_histograms("2lep", "figures/vae/scores")
    assert set(found) == {"top", "background", "susy", "data"}
    np.testing.assert_array_equal(found["top"].axes[0].edges, [0, 1, 3])
    np.testing.assert_array_equal(found["top"].values(), [1, 2])
    np.testing.assert_array_equal(found["top"].variances(), [0.5, 1])
    np.testing.assert_array_equal(found["data"].variances(), [2, 1])


def test_what_is_not_there_is_told_with_what_is(results, tmp_path):
    for call, told in (
        (lambda: results.read_scores("3lep", "vae"), "no selection '3lep'; there are 2lep"),
        (lambda: results.read_scores("report", "vae"), "no selection 'report'"),
        (lambda: results.read_scores("2lep", "ae"), "models with scores are vae"),
        (lambda: results.read_scores("2lep", "vae"), "datasets are susy"),
        (lambda: results.read_shards("2lep", "Z"), "there are those of ttbar"),
        (lambda: results.read_figure("2lep", "x"), "list_figures lists"),
        (lambda: results.read_histograms("2lep", "figures/vae/losses"), "no histograms"),
        (lambda: rm.open_results(tmp_path).read_scans(), "the run is not finished"),
    ):
        with pytest.raises(ValueError, match=told):
            call()
    other = results.folder / "2lep/table/shards/ttbar"
    other.mkdir(parents=True)
    write_events(other / "0.parquet", make_events(5))
    with pytest.raises(ValueError, match="several ways"):
        results.read_shards("2lep", "ttbar")
