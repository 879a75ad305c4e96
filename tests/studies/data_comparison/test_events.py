"""Which events are compared: what is blinded stays out of both sides."""

import re

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from rapidmass.scores.blinding import write_thresholds
from rapidmass.studies.data_comparison.events import ComparedEvents, DataSample
from synthetic_comparison import InventedData, write_scores
from synthetic_megasets import make_events, write_events


@pytest.fixture(scope="module")
def invented(tmp_path_factory):
    folder = tmp_path_factory.mktemp("blinded")
    return InventedData(folder, simulated=900, observed=(300, 200), quantile=0.6).write()


def collect(portions):
    tables = [portion.take(0) for portion in portions]
    return pa.concat_tables(tables)


def test_only_events_below_every_cut_are_compared(invented):
    """Of two scores, one that rises with HT and one that falls: what is left lies between."""
    events = invented.events
    features = events.list_features()
    high = 10 ** invented.thresholds["score"] - 1
    low = -invented.thresholds["score_other"]
    assert 0 < low < high
    for tables, all_events in (
        (events.iterate_background(features), invented.background),
        (
            events.iterate_data(features),
            pa.concat_tables(
                [pq.read_table(path) for sample in invented.data for path in sample.shards]
            ),
        ),
    ):
        ht = all_events["ht"].to_numpy()
        kept = (np.log10(1 + ht).astype("f4") < invented.thresholds["score"]) & (
            -ht < invented.thresholds["score_other"]
        )
        assert 0.05 < kept.mean() < 0.5
        found = collect(tables)
        np.testing.assert_array_equal(found["key"].to_numpy(), all_events["key"].to_numpy()[kept])
        assert found["ht"].to_numpy().max() <= high * 1.0001


def test_unblinded_everything_is(tmp_path):
    invented = InventedData(tmp_path, simulated=200, observed=(100,)).write()
    features = invented.events.list_features()
    assert invented.events.find_thresholds() == {}
    assert collect(invented.events.iterate_background(features)).num_rows == 200
    assert collect(invented.events.iterate_data(features)).num_rows == 100


def test_blinded_data_that_slipped_into_the_scores_are_refused(invented, tmp_path):
    table = pq.read_table(invented.data[0].shards[0])
    path = tmp_path / "all.parquet"
    write_scores(path, table)
    everything = pq.read_table(path).replace_schema_metadata(write_thresholds(invented.thresholds))
    pq.write_table(everything, path)
    events = ComparedEvents(
        invented.tests, invented.scores, [DataSample(path, invented.data[0].shards)]
    )
    with pytest.raises(ValueError, match="above the cuts that blind them"):
        list(events.iterate_data(events.list_features()))


def test_scores_of_other_events_are_refused(invented):
    features = invented.events.list_features()
    swapped = ComparedEvents(invented.tests[::-1], invented.scores, invented.data)
    with pytest.raises(ValueError, match=re.escape(f"other events than {invented.tests[1]}")):
        list(swapped.iterate_background(features))
    fewer = ComparedEvents(invented.tests[:1], invented.scores, invented.data)
    with pytest.raises(ValueError, match="more events than the test set"):
        list(fewer.iterate_background(features))
    mixed = [DataSample(invented.data[0].scores, invented.data[1].shards)]
    with pytest.raises(ValueError, match="of which 0 are in the shards"):
        list(ComparedEvents(invented.tests, invented.scores, mixed).iterate_data(features))


def test_samples_that_are_blinded_differently_are_refused(invented, tmp_path):
    path = tmp_path / "open.parquet"
    write_scores(path, pq.read_table(invented.data[1].shards[0]))
    data = [invented.data[0], DataSample(path, invented.data[1].shards)]
    with pytest.raises(ValueError, match="blinded above nothing"):
        ComparedEvents(invented.tests, invented.scores, data).find_thresholds()
    with pytest.raises(ValueError, match="no data sample"):
        ComparedEvents(invented.tests, invented.scores, []).find_thresholds()


def test_variables_are_those_that_all_files_have(invented, tmp_path):
    without = write_events(tmp_path / "old.parquet", make_events(5).drop_columns(["m_lll"]))
    events = ComparedEvents([*invented.tests, without], invented.scores, invented.data)
    assert list(events.list_features().variables) == ["met", "m_ll"]
    assert list(invented.events.list_features().variables) == ["met", "ht", "m_ll", "m_lll"]
