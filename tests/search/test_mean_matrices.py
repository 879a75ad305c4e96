import numpy as np
import pyarrow as pa
import pytest

from rapidmass.representations.tables import decode
from rapidmass.search.mean_matrices import MatrixSum, compare_matrices, sum_channels, sum_signal
from rapidmass.storage.parquet import read_shard
from synthetic_analysis import Analysis
from synthetic_megasets import LAYOUT, make_events, write_events


@pytest.fixture(scope="module")
def selection(tmp_path_factory):
    analysis = Analysis(tmp_path_factory.mktemp("selection") / "products", events=300).write()
    return analysis, *analysis.write_megasets()


def average(tables, weights):
    cells = np.concatenate([decode(t).fill(padding=np.nan) for t in tables])
    filled = np.isfinite(cells)
    mean = np.average(np.nan_to_num(cells), axis=0, weights=weights)
    share = np.average(filled, axis=0, weights=weights)
    return np.where(filled.any(axis=0), mean, np.nan), share


def test_means_are_those_of_the_events(selection):
    analysis, megasets, _ = selection
    sums = sum_channels(megasets, analysis.channels)
    tables = [read_shard(path) for path in megasets]
    for channel in analysis.channels:
        chosen = [t.filter(pa.compute.equal(t["channel"], channel)) for t in tables]
        weights = np.concatenate([t["weight"].to_numpy() for t in chosen])
        total = sums[channel]
        assert total.events == len(weights)
        assert total.weight == pytest.approx(weights.sum())
        mean, share = average(chosen, weights)
        np.testing.assert_allclose(total.get_mean().ravel(), mean, rtol=1e-6)
        np.testing.assert_allclose(total.get_filled_share().ravel(), share, atol=1e-12)


def make_signal(path, table):
    for name in ("generator_weight", "scale_factor"):
        table = table.append_column(name, table["weight"])
    return write_events(path, table)


def test_absent_cells_are_not_zero(tmp_path):
    table = make_events(50)
    alone = table.filter(pa.compute.equal(table["n_muo"], 0))
    mean = sum_signal([make_signal(tmp_path / "s.parquet", alone)]).get_mean()
    assert np.isnan(mean[-1]).all()
    assert np.isnan(mean[:, -1]).all()
    assert np.isfinite(mean[0, 0])


def test_a_negative_total_weight_has_no_mean():
    total = MatrixSum(LAYOUT)
    total.add(make_events(20), -np.ones(20))
    assert np.isnan(total.get_mean()).all()
    assert np.isnan(total.get_filled_share()).all()


def test_the_background_is_the_mean_over_all_channels(selection):
    analysis, megasets, shards = selection
    channels = (*analysis.channels, "nobody")
    found = compare_matrices(megasets, {**shards, "none": []}, channels, LAYOUT)
    tables = [read_shard(path) for path in megasets]
    weights = np.concatenate([t["weight"].to_numpy() for t in tables])
    background = np.array(found["background"], dtype=float).ravel()
    np.testing.assert_allclose(background, average(tables, weights)[0], rtol=1e-6)
    assert list(found["groups"]) == [*channels, *shards, "none"]
    for empty in ("nobody", "none"):
        assert found["groups"][empty]["events"] == 0
        assert found["groups"][empty]["uncertainty"][0][0] is None


def test_a_signal_of_harder_events_differs_beyond_its_uncertainty_and_a_channel_does_not(selection):
    analysis, megasets, shards = selection
    found = compare_matrices(megasets, shards, analysis.channels, LAYOUT)
    whole = found["background"][0][0]
    for name, group in found["groups"].items():
        deviation = (group["mean"][0][0] - whole) / group["uncertainty"][0][0]
        assert (deviation > 5) if name in shards else (abs(deviation) < 4), name
