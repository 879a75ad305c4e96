import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from halves import find_at_once
from rapidmass.scores.blinding import is_below, read_thresholds, write_thresholds
from rapidmass.scores.blinding_thresholds import (
    find_blinding_thresholds,
    find_lowest_cut,
    list_score_columns,
)
from rapidmass.statistics.folds import draw_folds
from rapidmass.storage.event_keys import make_event_keys


@pytest.fixture
def background(tmp_path):
    rng = np.random.default_rng(2)
    n = 500
    table = pa.table(
        {
            "key": make_event_keys(1, "s", np.ones(n, np.int64), np.arange(n, dtype=np.uint64)),
            "weight": rng.choice([2.0, 1.0, -0.2], n),
            "score": rng.normal(size=n).astype(np.float32),
            "score_kl": rng.exponential(size=n).astype(np.float32),
            "scored_by": np.zeros(n),
        }
    )
    path = tmp_path / "background.parquet"
    pq.write_table(table, path)
    return path


@pytest.mark.parametrize(
    ("quantiles", "lowest"), [([0.9, 0.5], 0.5), ([0.0, 0.9], 0.9), ([0.0], 0.0)]
)
def test_the_lowest_cut_is_one(quantiles, lowest):
    assert find_lowest_cut(quantiles) == lowest


def test_only_scores_are_scores(background):
    assert list_score_columns(pq.read_schema(background)) == ["score", "score_kl"]


def test_no_cut_on_any_half_is_lower(background):
    thresholds = find_blinding_thresholds(background, None, 0.5, background.parent)
    assert list(thresholds) == ["score", "score_kl"]
    table = pq.read_table(background)
    folds, weight = draw_folds(table["key"].to_numpy()), table["weight"].to_numpy()
    for name, threshold in thresholds.items():
        halves = find_at_once(table[name].to_numpy(), weight, folds, [0.5, 0.9])
        assert threshold <= halves.min()
        assert halves[:, 0].max() > threshold  # they differ: one of them alone would not do
        below = weight[table[name].to_numpy() < threshold].sum() / weight.sum()
        assert below == pytest.approx(0.5, abs=0.1)
    assert (
        find_blinding_thresholds(background, ["score"], 0.9, background.parent)["score"]
        > thresholds["score"]
    )


def test_without_a_cut_everything_is_hidden(background):
    thresholds = find_blinding_thresholds(background, None, 0.0, background.parent)
    assert not is_below(pq.read_table(background), thresholds).any()


def test_an_event_above_any_threshold_is_hidden():
    table = pa.table({"score": np.float32([0, 1, 2, 0]), "score_kl": np.float32([5, 5, 5, 6])})
    # what is exactly at a threshold may pass the cut, where scores are equal
    assert is_below(table, {"score": 1.0, "score_kl": 6.0}).tolist() == [True, False, False, False]
    assert is_below(table, {}).tolist() == [True] * 4


def test_a_file_says_what_is_missing_from_it(tmp_path):
    thresholds = {"score": float(np.float32(0.1)), "score_kl": -np.inf}
    table = pa.table({"score": [0.0]})
    for found in (thresholds, {}):
        pq.write_table(table.replace_schema_metadata(write_thresholds(found)), tmp_path / "a")
        assert read_thresholds(tmp_path / "a") == found
    pq.write_table(table, tmp_path / "b")
    assert read_thresholds(tmp_path / "b") == {}


def test_without_background_there_is_no_blinding(tmp_path):
    empty = {name: np.zeros(0) for name in ("weight", "score")}
    pq.write_table(pa.table({"key": np.zeros(0, np.uint64), **empty}), tmp_path / "none.parquet")
    with pytest.raises(ValueError, match=r"none\.parquet: .*no cut can blind data"):
        find_blinding_thresholds(tmp_path / "none.parquet", None, 0.5, tmp_path)
