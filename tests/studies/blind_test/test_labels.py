import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from rapidmass.studies.blind_test.labels import Answer, Mixture, read_answer, read_mixture


def test_files_are_read_by_column_and_matched_by_key(tmp_path):
    key = np.array([3, 5, 9], np.uint64)
    scores = pa.table({"key": key, "score": [1.0, 2.0, 3.0], "score_kl": [4.0, 5.0, 6.0]})
    pq.write_table(scores, tmp_path / "blind.parquet")
    pq.write_table(scores.slice(1), tmp_path / "obs.parquet")
    pq.write_table(pa.table({"key": key, "label": ["a", "b", "a"]}), tmp_path / "labels.parquet")
    mixture = read_mixture(tmp_path / "blind.parquet", "score_kl")
    assert mixture.score.tolist() == [4.0, 5.0, 6.0]
    paths = tmp_path / "labels.parquet", [tmp_path / "obs.parquet"]
    answer = read_answer(*paths, mixture, ["b"], "score_kl")
    assert isinstance(answer, Answer)
    assert (answer.label.tolist(), answer.data.tolist()) == (["a", "b", "a"], [5.0, 6.0])
    other = Mixture(key[::-1], mixture.score)
    with pytest.raises(ValueError, match=r"labels\.parquet belongs to another mixture"):
        read_answer(*paths, other, ["b"], "score")
