"""Likelihood ratios: against those of known densities."""

import math

import numpy as np
import pyarrow as pa
import pytest
from scipy.special import ndtr

from labelled_events import FRACTION, SELECTION, draw_gaussians, fit, write_sample
from rapidmass.config.models.baseline import LikelihoodRatio
from rapidmass.datasets.folds import Fold, is_seen
from rapidmass.models.baselines.registry import fit_baseline, load_baseline
from rapidmass.representations.registry import make_representation
from rapidmass.representations.sequence.representation import LEFT_OUT, VALUES
from rapidmass.representations.tables import make_table
from rapidmass.statistics.roc import compute_auc
from rapidmass.storage.event_keys import make_event_keys
from rapidmass.storage.parquet import read_shard
from rapidmass.storage.tables import sort_by_key
from synthetic_megasets import write_events


def make(**changes):
    return LikelihoodRatio(**{"target": {"signals": ["s"]}, "features": ["f0"], **changes})


def learn(folder, background, signal, settings, fold=None):
    fit_baseline(
        settings,
        [background],
        fit([background], fold),
        folder / "baseline.npz",
        validation_fraction=FRACTION,
        seed=1,
        threads=1,
        provenance={},
        signals={"s": signal},
        luminosity=1.0,
    )
    return load_baseline("likelihood_ratio", folder / "baseline.npz", background)


def measure(baseline, *paths):
    scores = [baseline.score(read_shard(path))["score"] for path in paths]
    return compute_auc(*(x for score in scores for x in (score, np.ones(len(score))))).value


def test_the_ratio_of_gaussians_is_a_line(tmp_path):
    """Of unit widths and means 0 and 1 it is x - 1/2; the area is the normal integral."""
    b = write_sample(tmp_path / "b.parquet", draw_gaussians(20000, 0.0, seed=1), 1.0, "b")
    s = write_sample(tmp_path / "s.parquet", draw_gaussians(20000, 1.0, seed=2), 0.1, "s")
    baseline = learn(tmp_path, b, s, make())
    table = read_shard(b)
    x = baseline.representation.decode(table).fill()[:, 0]
    inside, score = np.abs(x) < 1.5, baseline.score(table)["score"]
    assert np.abs(score - (x - 0.5))[inside].mean() < 0.06
    assert measure(baseline, b, s) == pytest.approx(ndtr(1 / math.sqrt(2)), abs=0.006)


def test_only_densities_of_all_features_know_correlations(tmp_path):
    """Both features have equal densities in both classes; their product tells all."""
    rng = np.random.default_rng(1)
    paths = []
    for name, sign in (("b", -1), ("s", 1)):
        u = rng.normal(size=20000)
        x = np.stack([u, sign * u + 0.3 * rng.normal(size=20000)], axis=1)
        paths.append(write_sample(tmp_path / f"{name}.parquet", x, 1.0, name))
    features = {"features": ["f0", "f1"], "bins": 15}
    apart = learn(tmp_path, *paths, make(**features))
    together = learn(tmp_path, *paths, make(**features, together=True))
    assert measure(apart, *paths) == pytest.approx(0.5, abs=0.02)
    assert measure(together, *paths) > 0.85


def test_absent_features_tell_too(tmp_path):
    b = write_sample(tmp_path / "b.parquet", draw_gaussians(4000, 0, seed=1, missing=0.2), 1, "b")
    s = write_sample(tmp_path / "s.parquet", draw_gaussians(4000, 0, seed=2, missing=0.6), 1, "s")
    baseline = learn(tmp_path, b, s, make(features=["f0", "f1"], bins=10))
    table = read_shard(s)
    absent = np.isnan(baseline.representation.decode(table).fill(padding=np.nan)[:, 1])
    score = baseline.score(table)["score"]
    assert np.median(score[absent]) == pytest.approx(math.log(3), abs=0.15)
    assert np.median(score[~absent]) == pytest.approx(math.log(0.5), abs=0.15)


def write_tracks(path, sample, shift, seed):
    rng = np.random.default_rng(seed)
    counts = rng.integers(0, 4, 6000)
    values = rng.normal(shift, 1.0, counts.sum()).astype(np.float32)
    sequence = make_representation({
        "kind": "sequence", "object": "track", "length": 3, "features": [["s", "track.pt"]],
    })  # fmt: skip
    ends = pa.array(np.concatenate(([0], np.cumsum(counts))).astype(np.int32))
    kind = pa.list_(pa.field("element", pa.float32(), nullable=False))
    encoded = {
        VALUES: pa.ListArray.from_arrays(ends, pa.array(values), kind),
        LEFT_OUT: pa.array(np.zeros(6000, np.int32)),
    }
    numbers = np.arange(6000, dtype=np.uint64)
    columns = {
        "key": make_event_keys(seed, sample, np.ones(6000, np.int64), numbers),
        "sample": pa.array([sample] * 6000, pa.string()),
        "channel": pa.array([sample] * 6000, pa.string()),
        "weight": np.ones(6000),
    }
    return write_events(path, sort_by_key(make_table(sequence, encoded, columns, SELECTION)))


def test_members_add_up(tmp_path):
    b = write_tracks(tmp_path / "b.parquet", "b", 0.0, 1)
    s = write_tracks(tmp_path / "s.parquet", "s", 1.0, 2)
    baseline = learn(tmp_path, b, s, make(features=["s"]))
    table = read_shard(s)
    x = baseline.representation.decode(table).fill(padding=np.nan)
    score = baseline.score(table)["score"]
    expected = np.nansum(x - 0.5, axis=1)
    assert (score[np.isnan(x).all(axis=1)] == 0).all()
    assert np.corrcoef(score, expected)[0, 1] > 0.99


def test_the_fold_of_an_event_fills_no_density(tmp_path):
    x = draw_gaussians(4000, 0.0, seed=1)
    b = write_sample(tmp_path / "b.parquet", x, 1.0, "b")
    s = write_sample(tmp_path / "s.parquet", draw_gaussians(4000, 1.0, seed=2), 1.0, "s")
    fold, table = Fold(0, 2), read_shard(b)
    seen = is_seen(table["key"].to_numpy(), fold)
    other = write_events(tmp_path / "o.parquet", table.filter(pa.array(seen)))
    first = learn(tmp_path, b, s, make(), fold).compute.args[0].arrays
    second = learn(tmp_path, other, s, make(), fold).compute.args[0].arrays
    np.testing.assert_array_equal(first["ratios"], second["ratios"])


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"features": ["f7"]}, "no feature 'f7'; there are f0, f1"),
        ({"features": ["f0", "f0"]}, "f0 is listed twice"),
        ({"features": ["f0", "f1"], "bins": 2000, "together": True}, "take fewer bins"),
    ],
)
def test_impossible_densities_are_refused(changes, message):
    table = make_representation({"kind": "table", "features": [["f0", "met"], ["f1", "ht"]]})
    with pytest.raises(ValueError, match=message):
        make(**changes).check_features(table)
    image = make_representation({"kind": "image", "channels": [["all", ["jet"]]]})
    with pytest.raises(ValueError, match="of the kind image"):
        make().check_features(image)


def test_signals_without_events_are_refused(tmp_path):
    b = write_sample(tmp_path / "b.parquet", draw_gaussians(400, 0.0, seed=1), 1.0, "b")
    s = write_sample(tmp_path / "s.parquet", draw_gaussians(400, 0.0, seed=2), 0.0, "s")
    with pytest.raises(ValueError, match="no event of the signals"):
        learn(tmp_path, b, s, make())
