"""The comparison from files to numbers."""

import json

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from scipy.stats import kstest

from rapidmass.config.comparison import DataComparison
from rapidmass.search.compared_events import DataSample
from rapidmass.search.comparison import compare_data, write_histograms
from synthetic_comparison import CHANNELS, InventedData, write_scores
from synthetic_megasets import write_events

SETTINGS = DataComparison(systematics={"luminosity": 0.02})


def compare(invented, settings=SETTINGS):
    return compare_data(invented.events, invented.scale, settings, seed=3)


@pytest.fixture(scope="module")
def invented(tmp_path_factory):
    return InventedData(tmp_path_factory.mktemp("null")).write()


@pytest.fixture(scope="module")
def comparison(invented):
    return compare(invented)


def by_name(comparison):
    return {feature["name"]: feature for feature in comparison.numbers["features"]}


def test_every_feature_is_there_once(invented, comparison):
    features = by_name(comparison)
    assert len(features) == len(comparison.numbers["features"])
    assert set(invented.layout.cell_names) <= set(features)
    kinds = {feature["kind"] for feature in features.values()}
    assert kinds == {"cell", "variable", "multiplicity", "flavour"}
    assert {"met", "ht", "m_ll", "m_lll", "n_ljet", "n_ele", "n_muo", "flavour"} <= set(features)
    assert json.loads(json.dumps(comparison.numbers, allow_nan=False)) == comparison.numbers


def test_simulation_is_scaled_to_the_whole_background_at_the_luminosity_of_data(comparison):
    assert comparison.numbers["observed"] == 900
    assert comparison.numbers["expected"] == pytest.approx(900)
    assert by_name(comparison)["met"]["expected"] == pytest.approx(900)


def test_agreement_is_found_where_there_is_agreement(comparison):
    features = comparison.numbers["features"]
    for test in ("shape", "ks"):
        found = [f[test]["p_value"] for f in features if f[test] is not None]
        assert len(found) > 30
        assert 0.3 < np.mean(found) < 0.7
        # not independent, so not a strict test
        assert kstest(found, "uniform").pvalue > 1e-3
    assert features[0]["p_value"] > 1e-3
    ranked = [f["p_value"] for f in features if f["p_value"] is not None]
    assert ranked == sorted(ranked)


def test_a_shifted_feature_is_ranked_worst(invented, comparison, tmp_path):
    (shard,) = invented.data[0].shards
    table = pq.read_table(shard)
    shifted = pa.array((table["ht"].to_numpy() * 1.25).astype(np.float32))
    index = table.schema.get_field_index("ht")
    moved = table.set_column(index, "ht", shifted).replace_schema_metadata(table.schema.metadata)
    events = invented.events
    data = [DataSample(invented.data[0].scores, [write_events(tmp_path / "moved.parquet", moved)])]
    found = compare_data(
        type(events)(events.tests, events.scores, data), invented.scale, SETTINGS, seed=3
    )
    worst, second = found.numbers["features"][:2]
    assert worst["name"] == "ht"
    assert worst["p_value"] < 0.01 < second["p_value"]
    assert by_name(comparison)["ht"]["p_value"] > 0.05
    assert worst["ratio"] == pytest.approx(1, abs=0.01)  # of the shape alone


def test_harder_events_are_seen_in_many_features(tmp_path):
    found = compare(InventedData(tmp_path, hardness=1.3).write())
    p_values = [f["p_value"] for f in found.numbers["features"] if f["p_value"] is not None]
    assert p_values[0] < 1e-3
    assert np.mean(np.array(p_values) < 0.05) > 0.2
    assert by_name(found)["n_ljet"]["p_value"] > 0.05  # their number is as before


def test_blinded_events_change_nothing(tmp_path):
    """Events of data above the cuts may be anything: not a digit depends on them."""
    invented = InventedData(tmp_path, simulated=2000, observed=(400,), quantile=0.9).write()
    first = compare(invented)
    assert first.numbers["thresholds"] == pytest.approx(invented.thresholds)
    (shard,) = invented.data[0].shards
    table = pq.read_table(shard)
    open_keys = pq.read_table(invented.data[0].scores)["key"].to_numpy()
    hidden = ~np.isin(table["key"].to_numpy(), open_keys)
    assert 0.05 < hidden.mean() < 0.5
    met = np.where(hidden, 7777, table["met"].to_numpy()).astype(np.float32)
    index = table.schema.get_field_index("met")
    changed = table.set_column(index, "met", pa.array(met))
    write_events(shard, changed.replace_schema_metadata(table.schema.metadata))
    second = compare(invented)
    assert second.numbers == first.numbers
    assert second.histograms.equals(first.histograms)
    assert first.numbers["observed"] == len(open_keys)


def test_samples_are_added(tmp_path):
    invented = InventedData(tmp_path, simulated=1000, observed=(150, 250)).write()
    found = compare(invented)
    assert found.numbers["observed"] == 400
    assert by_name(found)["flavour"]["observed"] == 400


def test_cells_that_simulation_never_fills_are_named(invented, tmp_path):
    """Data with muons against simulation without any."""
    events = invented.events
    paths, tables = [], []
    for k, path in enumerate(events.tests):
        table = pq.read_table(path)
        chosen = pa.array(table["n_muo"].to_numpy() == 0)
        tables.append(table.filter(chosen))
        paths.append(write_events(tmp_path / f"{k}.parquet", tables[-1]))
    write_scores(tmp_path / "scores.parquet", pa.concat_tables(tables))
    changed = type(events)(paths, tmp_path / "scores.parquet", events.data)
    features = by_name(compare_data(changed, invented.scale, SETTINGS, seed=3))
    assert features["eT_muo0"]["observed"] > 100
    assert features["eT_muo0"]["expected"] == 0
    assert features["eT_muo0"]["p_value"] is None
    unpredicted = {name for name, f in features.items() if f["observed"] and not f["expected"]}
    assert unpredicted == {name for name in invented.layout.cell_names if "muo" in name}


def test_histograms_add_up_to_the_numbers(comparison, tmp_path):
    path = tmp_path / "histograms.parquet"
    write_histograms(path, comparison.histograms, {"seed": 3})
    rows = pq.read_table(path).to_pylist()
    assert pq.read_schema(path).metadata[b"rapidmass.provenance"] == b'{"seed": 3}'
    sums = {}
    for row in rows:
        kind = "observed" if row["channel"] is None else "expected"
        total = sums.setdefault(row["feature"], {"observed": 0.0, "expected": 0.0})
        total[kind] += sum(row["values"])
        bins = len(row["labels"]) if row["edges"] is None else len(row["edges"]) - 1
        assert len(row["values"]) == len(row["variances"]) == bins
    assert {row["channel"] for row in rows} == {None, *CHANNELS}
    for name, feature in by_name(comparison).items():
        assert sums[name]["observed"] == pytest.approx(feature["observed"])
        assert sums[name]["expected"] == pytest.approx(feature["expected"])


def test_the_same_events_give_the_same_numbers(invented, comparison):
    again = compare(invented)
    assert again.numbers == comparison.numbers
    assert again.histograms.equals(comparison.histograms)
