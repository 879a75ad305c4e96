import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from rapidmass.models.inputs.followed_scores import FollowedScores


def write(path, keys, scores):
    columns = {"key": pa.array(keys, pa.uint64()), "score": pa.array(scores, pa.float32())}
    pq.write_table(pa.table(columns), path)
    return FollowedScores.read(path)


def test_scores_are_found_by_key_in_any_order(tmp_path):
    rng = np.random.default_rng(1)
    keys = rng.integers(0, 2**64, size=500, dtype=np.uint64)
    scores = rng.normal(size=500).astype(np.float32)
    followed = write(tmp_path / "s.parquet", keys, scores)
    order = rng.permutation(500)[:200]
    np.testing.assert_array_equal(followed.find(keys[order]), scores[order])
    assert followed.find(keys[:0]).shape == (0,)


@pytest.mark.parametrize("keys", [[3, 7, 9], []])
def test_an_event_without_a_score_is_named(tmp_path, keys):
    followed = write(tmp_path / "s.parquet", keys, [0.5] * len(keys))
    with pytest.raises(ValueError, match=r"s\.parquet has no score of .* the first of which is 8"):
        followed.find(np.array([8, 10], dtype=np.uint64))


def test_scores_that_are_not_finite_are_refused(tmp_path):
    with pytest.raises(ValueError, match="the score of event 7 is nan"):
        write(tmp_path / "s.parquet", [3, 7], [0.5, np.nan])
