"""The comparison from files to numbers."""

import json
from dataclasses import replace

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from scipy.stats import kstest

from rapidmass.config.studies.data_comparison import DataComparison
from rapidmass.studies.data_comparison.events import DataSample
from rapidmass.studies.data_comparison.histograms import write_histograms
from rapidmass.studies.data_comparison.measure import compare_data
from synthetic_comparison import CHANNELS, InventedData, scale_column, write_scores
from synthetic_megasets import write_events

SETTINGS = DataComparison(systematics={"luminosity": 0.02})
BARE = DataComparison(systematics={})


def compare(invented, settings=SETTINGS, shifts=()):
    events = replace(invented.events, shifts=shifts)
    return compare_data(events, invented.scale, settings, seed=3)


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


def test_variables_of_the_configuration_are_compared_too(invented, comparison):
    events = replace(invented.events, variables=("angle", "ht"))
    found = by_name(compare_data(events, invented.scale, SETTINGS, seed=3))
    assert found.keys() - by_name(comparison).keys() == {"angle"}
    assert found["angle"]["kind"] == "variable"


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
    assert pq.read_schema(path).metadata[b"rapidmass.provenance.requests"] == b'{"seed": 3}'
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


def in_channel(name):
    return lambda table: np.array(table["channel"].to_pylist()) == name


@pytest.fixture(scope="module")
def shifts(invented):
    """Up and down of a scale, of which each is larger in some bins, and a channel's weights."""
    changes = {
        "up": ("scale", lambda table: scale_column(table, "ht", 1.2)),
        "down": ("scale", lambda table: scale_column(table, "ht", 0.9)),
        "top": ("top", lambda table: scale_column(table, "weight", 0.8, in_channel("ttbar"))),
    }
    return [invented.write_shift(name, *change) for name, change in changes.items()]


@pytest.fixture(scope="module")
def varied(invented, shifts):
    return compare(invented, BARE, shifts)


def read_rows(comparison, feature):
    """Contents of simulation, and changes by variation."""
    rows = [row for row in comparison.histograms.to_pylist() if row["feature"] == feature]
    channels = {row["channel"]: np.array(row["values"]) for row in rows if row["channel"]}
    return channels, {row["shift"]: np.array(row["values"]) for row in rows if row["shift"]}


def test_ten_per_cent_on_all_weights_are_a_stated_uncertainty_of_ten_per_cent(invented):
    norm = invented.write_shift("norm", "x", lambda table: scale_column(table, "weight", 1.1))
    found = compare(invented, BARE, [norm])
    stated = by_name(compare(invented, DataComparison(systematics={"all": 0.1})))
    tested = 0
    for name, feature in by_name(found).items():
        channels, changes = read_rows(found, name)
        np.testing.assert_allclose(changes["norm"], 0.1 * sum(channels.values()), atol=1e-9)
        other = stated[name]
        for key in ("expected_systematic", "ratio_systematic"):
            assert feature[key] == pytest.approx(other[key])
        for test in ("chi2", "shape"):
            assert (feature[test] is None) == (other[test] is None)
            assert feature[test] == (other[test] and pytest.approx(other[test], rel=1e-6))
        if feature["ks"] is not None:
            tested += 1
            # both draw the same numbers, and a factor changes no shape
            assert feature["ks"]["p_value"] == pytest.approx(other["ks"]["p_value"], abs=0.02)
    assert tested > 30


def test_a_channel_that_varies_is_a_stated_uncertainty_of_the_channel(invented, shifts):
    found = by_name(compare(invented, BARE, [shifts[2]]))
    settings = DataComparison(systematics={}, channel_systematics={"ttbar": 0.2})
    for name, other in by_name(compare(invented, settings)).items():
        assert found[name]["expected_systematic"] == pytest.approx(other["expected_systematic"])
        for test in ("chi2", "shape"):
            assert found[name][test] == (other[test] and pytest.approx(other[test], rel=1e-6))


def test_shifts_of_a_shape_explain_data_that_are_shifted(invented, shifts, tmp_path):
    (shard,) = invented.data[0].shards
    moved = write_events(tmp_path / "moved.parquet", scale_column(pq.read_table(shard), "ht", 1.2))
    data = [DataSample(invented.data[0].scores, [moved])]
    found = {
        number: by_name(
            compare_data(
                replace(invented.events, data=data, shifts=shifts[:number]),
                invented.scale, BARE, seed=3,
            )
        )["ht"]
        for number in (0, 1, 2)
    }  # fmt: skip
    for test in ("shape", "ks"):
        assert found[0][test]["p_value"] < 0.01
        # up and down are one uncertainty, which moves the bins as up does
        assert found[1][test]["p_value"] > 0.05
        assert found[2][test]["p_value"] > 0.05
    assert found[0]["expected_systematic"] == 0
    # no event has come or gone
    assert found[2]["expected_systematic"] == pytest.approx(0, abs=1e-6)


def test_changes_are_shifted_minus_nominal_events(invented, varied):
    channels, changes = read_rows(varied, "ht")
    assert list(changes) == sorted(changes) == ["down", "top", "up"]
    np.testing.assert_allclose(changes["top"], -0.2 * channels["ttbar"], atol=1e-9)
    row = next(r for r in varied.histograms.to_pylist() if r["feature"] == "ht" and r["shift"])
    edges, table = np.array(row["edges"]), invented.background
    weight = table["weight"].to_numpy() * invented.scale.luminosity / invented.scale.scored_share
    for name, factor in (("up", 1.2), ("down", 0.9)):
        ht = np.clip(factor * table["ht"].to_numpy(), edges[0], edges[-1] * (1 - 1e-9))
        contents, _ = np.histogram(ht, edges, weights=weight)
        # events at an edge may be rounded to either side
        difference = np.abs(sum(channels.values()) + changes[name] - contents)
        assert difference.sum() < 0.002 * weight.sum()
    assert varied.numbers["shifts"] == {"down": "scale", "top": "top", "up": "scale"}


def test_the_order_of_variations_says_nothing(invented, shifts, varied):
    again = compare(invented, BARE, shifts[::-1])
    assert again.numbers == varied.numbers
    assert again.histograms.equals(varied.histograms)


def test_nominal_contents_do_not_know_variations(invented, varied):
    without = compare(invented, BARE)
    assert "shift" not in json.dumps(without.numbers)
    assert "shift" not in without.histograms.column_names
    nominal = [row for row in varied.histograms.to_pylist() if row.pop("shift") is None]
    assert nominal == without.histograms.to_pylist()
    others = by_name(varied)
    for name, feature in by_name(without).items():
        for key in ("observed", "expected", "expected_uncertainty", "ratio", "effective"):
            assert others[name][key] == feature[key]
        if feature["chi2"] is not None:
            assert others[name]["chi2"]["value"] <= feature["chi2"]["value"] * (1 + 1e-9)


def test_shifted_events_are_restricted_as_nominal_ones(tmp_path):
    invented = InventedData(tmp_path, simulated=2000, observed=(400,), quantile=0.9).write()
    same = invented.write_shift("same", "x", lambda table: table)
    up = invented.write_shift("up", "y", lambda table: scale_column(table, "ht", 1.5))
    found = compare(invented, BARE, [same, up])
    scores = pq.read_table(up.scores)
    weight = scores["weight"].to_numpy() * invented.scale.luminosity / invented.scale.scored_share
    below = np.ones(len(weight), dtype=bool)
    for column, threshold in invented.thresholds.items():
        below &= scores[column].to_numpy() < threshold
    change = weight[below].sum() - found.numbers["expected"]
    assert abs(change) > 1
    assert found.numbers["expected_systematic"] == pytest.approx(abs(change))
    with pytest.raises(ValueError, match=r"up_scores\.parquet has other events than"):
        compare(invented, BARE, [same._replace(scores=up.scores, events=invented.tests[1])])
