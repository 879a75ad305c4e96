import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from labelled_events import write_sample
from rapidmass.config.models.training import ScalingSettings
from rapidmass.models.baselines.registry import fit_baseline, load_baseline, read_settings
from rapidmass.models.baselines.shuffled import shuffle_elements
from rapidmass.models.inputs.scaler_fit import fit_scaler
from rapidmass.storage.parquet import read_shard

VALUES = st.sampled_from([np.nan, 0.0, 1.0, 2.0])
TREES = {"kind": "shuffled", "max_trees": 20}


@given(x=arrays(np.float32, (12, 4), elements=VALUES), seed=st.integers(0, 99))
@settings(max_examples=60, deadline=None)
def test_classes_and_marginals_are_kept(x, seed):
    try:
        found = shuffle_elements(x, [0], np.random.default_rng(seed))
    except ValueError as error:
        assert "changes none" in str(error)  # noqa: PT017 (which is right where nothing can change)
        return
    np.testing.assert_array_equal(found[:, 0], x[:, 0])
    np.testing.assert_array_equal(np.isnan(found), np.isnan(x))
    pattern = [(*row[np.isnan(row)], row[0], *np.isnan(row)) for row in x]
    for key in {str(one) for one in pattern}:
        mine = [str(one) == key for one in pattern]
        for k in range(4):
            np.testing.assert_array_equal(np.sort(found[mine, k]), np.sort(x[mine, k]))


def test_what_cannot_be_shuffled_is_refused():
    with pytest.raises(ValueError, match="changes none"):
        shuffle_elements(np.ones((5, 2), np.float32), [], np.random.default_rng(1))


def test_the_odds_are_the_ratio_of_densities_of_independent_and_of_common_features(tmp_path):
    """Of two normal features with a correlation of 0.9."""
    x = np.random.default_rng(1).multivariate_normal([0, 0], [[1, 0.9], [0.9, 1]], size=8000)
    path = write_sample(tmp_path / "b.parquet", x, 1.0, "b")
    scaler = fit_scaler([path], ScalingSettings(), validation_fraction=0)
    fit_baseline(
        read_settings({"kind": "shuffled"}), [path], scaler, tmp_path / "model.npz",
        validation_fraction=0, seed=1, threads=1, provenance={},
    )  # fmt: skip
    baseline = load_baseline("shuffled", tmp_path / "model.npz", path)
    events = read_shard(path)
    a, b = (events.column(name).to_numpy() for name in baseline.representation.columns)
    found = baseline.score(events)["score"]
    truth = 0.5 * np.log(1 - 0.9**2)
    truth = truth + (a**2 - 1.8 * a * b + b**2) / (2 * (1 - 0.9**2)) - (a**2 + b**2) / 2
    near = np.abs(truth) < 3  # where there are events to learn from
    assert near.mean() > 0.8
    assert np.corrcoef(found[near], truth[near])[0, 1] > 0.7
    assert abs(np.mean(found[near] - truth[near])) < 0.3


def test_features_that_have_nothing_in_common_are_refused(tmp_path):
    x = np.random.default_rng(1).choice([0.0, 1.0], size=(600, 2))
    path = write_sample(tmp_path / "b.parquet", x, 1.0, "b")
    scaler = fit_scaler([path], ScalingSettings(), validation_fraction=0)
    content = {"kind": "shuffled", "min_child_weight": 1e6}
    with pytest.raises(ValueError, match="no tree makes a cut"):
        fit_baseline(
            read_settings(content), [path], scaler, tmp_path / "model.npz",
            validation_fraction=0, seed=1, threads=1, provenance={},
        )  # fmt: skip


def test_too_few_events_are_refused(fit_anew, events):
    with pytest.raises(ValueError, match=r"events, of 300 in .* too few to grow trees on: 500 are"):
        fit_anew(TREES, events.slice(0, 300), seed=2)
