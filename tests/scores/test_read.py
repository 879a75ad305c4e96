import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from rapidmass.scores.blinding import write_thresholds
from rapidmass.scores.read import join_events, read_background, read_data, read_signal


@pytest.fixture
def paths(tmp_path):
    common = {
        "key": np.array([3, 1, 2], np.uint64),
        "met": np.array([10, 20, 30], "f4"),
        "m_ll": np.array([1, 2, 3], "f4"),
        "m_lll": np.array([4, 5, np.nan], "f4"),
        "ht": np.array([7, 8, 9], "f4"),
        "score": np.array([0.5, -0.5, 0.1], "f4"),
        "score_distance": np.array([5, 6, 7], "f4"),
    }
    background = {"channel": ["B", "A", "B"], "weight": [0.1, 0.2, -0.3], **common}
    signal = {"generator_weight": [1.0, -1.0, 1.0], "scale_factor": [2.0, 1.0, 1.0], **common}
    pq.write_table(pa.table(background), tmp_path / "b.parquet")
    pq.write_table(pa.table(signal), tmp_path / "s.parquet")
    return tmp_path / "b.parquet", tmp_path / "s.parquet"


def test_the_test_set_stands_for_the_whole_background(paths):
    events = read_background(paths[0], luminosity=1000.0, scored_share=0.2)
    np.testing.assert_allclose(events.weight, [500.0, 1000.0, -1500.0])
    assert events.channel.tolist() == ["B", "A", "B"]
    assert events.key.tolist() == [3, 1, 2]
    assert sorted(events.variables) == ["ht", "m_ll", "m_lll", "met"]


def test_signals_come_whole(paths):
    events = read_signal(paths[1], "signal", weight=1e-3, luminosity=1000.0)
    np.testing.assert_allclose(events.weight, [2.0, -1.0, 1.0])
    assert set(events.channel) == {"signal"}


def test_data_stand_for_themselves(paths):
    events = read_data(paths[1], variables=["met"])
    assert events.weight.tolist() == [1, 1, 1]
    assert set(events.channel) == {"data"}
    both = join_events([events, events.select(events.score > 0)])
    assert both.key.tolist() == [3, 1, 2, 3, 2]
    assert both.variables["met"].tolist() == [10, 20, 30, 10, 30]


def test_data_that_are_blinded_are_refused(paths):
    table = pq.read_table(paths[1]).replace_schema_metadata(write_thresholds({"score": 0.5}))
    pq.write_table(table, paths[1])
    with pytest.raises(ValueError, match=r"s\.parquet is blinded"):
        read_data(paths[1])


def test_any_score_can_be_taken_and_nothing_else_is_read(paths):
    events = read_background(
        paths[0], luminosity=1.0, scored_share=1.0, column="score_distance", variables=["met"]
    )
    assert events.score.tolist() == [5, 6, 7]
    assert list(events.variables) == ["met"]


def test_events_are_selected_whole(paths):
    events = read_background(paths[0], luminosity=1.0, scored_share=1.0)
    some = events.select(events.score > 0)
    assert some.key.tolist() == [3, 2]
    assert some.channel.tolist() == ["B", "B"]
    assert some.variables["ht"].tolist() == [7, 9]
    np.testing.assert_allclose(some.weight, [0.1, -0.3])


@pytest.mark.parametrize(
    ("options", "name"),
    [({"column": "score_latent"}, "score_latent"), ({"variables": ["m_jj"]}, "m_jj")],
)
def test_columns_that_are_not_there_are_named(paths, options, name):
    with pytest.raises(ValueError, match=f"b.parquet has no column '{name}'"):
        read_background(paths[0], luminosity=1.0, scored_share=1.0, **options)


def test_files_without_a_variable_can_be_read(paths, tmp_path):
    pq.write_table(pq.read_table(paths[1]).drop_columns(["ht"]), tmp_path / "old.parquet")
    events = read_signal(tmp_path / "old.parquet", "S", weight=1.0, luminosity=1.0)
    assert sorted(events.variables) == ["m_ll", "m_lll", "met"]
