from statistics import NormalDist

import numpy as np
import pytest
import xgboost

from labelled_events import (
    draw_gaussians,
    grow,
    make_trees,
    read_higgsml,
    write_gaussians,
    write_sample,
)
from rapidmass.datasets.folds import Fold, find_folds
from rapidmass.models.inputs.class_weights import POWERS
from rapidmass.representations.tables import decode
from rapidmass.statistics.roc import compute_auc
from rapidmass.storage.event_keys import make_event_keys
from rapidmass.storage.parquet import read_shard

NEW = draw_gaussians(500, 0.5, seed=9, missing=0.2).astype(np.float32)


def score_out_of_fold(megasets, signals, settings, number):
    """Scores and weights of background, then of signal, each by the trees that did not see it."""
    grown = [grow(megasets, signals, settings, fold=Fold(k, number)) for k in range(number)]
    found = []
    for path in (megasets[0], signals["s"]):
        table = read_shard(path)
        x, folds = decode(table).fill(padding=np.nan), find_folds(table["key"].to_numpy(), number)
        score = np.empty(len(x), np.float32)
        for fold, trees in enumerate(grown):
            score[folds == fold] = trees.compute_scores(x[folds == fold])
        found += [score, table["weight"].to_numpy()]
    return found, grown


def test_trees_come_near_the_best_that_there_is(events):
    found, _ = score_out_of_fold(*events, make_trees(max_trees=100), 2)
    auc = compute_auc(*found)
    best = NormalDist().cdf(1 / np.sqrt(2))  # of two unit Gaussians, one unit apart
    assert best - 4 * auc.uncertainty < auc.value < best + 3 * auc.uncertainty


def test_the_logit_is_that_of_the_densities(events):
    """With equal class sums: log of their ratio, x - 1/2."""
    trees = grow(*events, make_trees(max_trees=200, learning_rate=0.05))
    x = np.array([[-0.5, 0.0], [0.5, 0.0], [1.5, 0.0]], np.float32)
    assert trees.compute_scores(x) == pytest.approx([-1.0, 0.0, 1.0], abs=0.35)


@pytest.mark.parametrize("scheme", list(POWERS))
def test_the_unit_of_weights_changes_no_score(scheme, tmp_path):
    """The least weight of a leaf is compared with sums of weights: tiny ones would make no cut."""
    rng = np.random.default_rng(4)
    weights = rng.uniform(0.5, 1.5, 1500), 0.01 * rng.uniform(0.5, 1.5, 1500)
    usual = None
    for factor in (1.0, 1e-6, 1e6):
        folder = tmp_path / f"{factor:g}"
        folder.mkdir()
        files = write_gaussians(folder, 1500, weights=tuple(factor * w for w in weights))
        score = grow(*files, make_trees(class_weights=scheme)).compute_scores(NEW)
        usual = score if usual is None else usual
        np.testing.assert_allclose(score, usual, rtol=0, atol=1e-6)
    assert np.unique(usual).size > 10


def test_without_normalisation_small_weights_would_make_no_cut(events):
    """What the test above guards against, in XGBoost itself."""
    megasets, signals = events
    x = np.concatenate(
        [decode(read_shard(path)).fill(padding=np.nan) for path in (megasets[0], signals["s"])]
    )
    label = np.repeat([0, 1], len(x) // 2)
    data = xgboost.DMatrix(x, label, weight=np.full(len(x), 1e-6))
    booster = xgboost.train({"objective": "binary:logistic", "nthread": 1}, data, 3)
    assert not any("split" in tree for tree in booster.get_dump())


def test_an_element_that_is_absent_says_something(tmp_path):
    x = draw_gaussians(3000, 0.0, seed=1)
    background = write_sample(tmp_path / "b.parquet", x, 1.0, "b")
    y = draw_gaussians(3000, 0.0, seed=2)
    y[:, 1] = np.where(np.arange(3000) % 2, np.nan, y[:, 1])
    trees = grow([background], {"s": write_sample(tmp_path / "s.parquet", y, 1.0, "s")})
    there, absent = trees.compute_scores(np.array([[0, 0], [0, np.nan]], np.float32))
    assert there == pytest.approx(np.log(0.5), abs=0.2)
    assert absent > 2


def test_the_same_seed_gives_the_same_trees_another_one_draws_others(events):
    settings = make_trees(subsample=0.5, max_trees=5)
    first, again, other = (grow(*events, settings, seed=seed).booster for seed in (1, 1, 2))
    assert first.save_raw() == again.save_raw()
    assert first.get_dump() != other.get_dump()


def test_the_gain_is_of_the_feature_that_tells_signal_from_background(events):
    shares = grow(*events).share_gain()
    assert list(shares) == ["f0", "f1"]
    assert sum(shares.values()) == pytest.approx(1)
    assert shares["f0"] > 0.9
    assert grow(*events, make_trees(exclude_features=["f0"])).share_gain() == {"f1": 1.0}


def test_growing_ends_where_the_validation_loss_is_smallest(tmp_path):
    files = write_gaussians(tmp_path, 400)
    trees = grow(*files, make_trees(max_trees=300, max_depth=6, early_stopping=10))
    losses = [record["validation_loss"] for record in trees.history]
    kept = trees.booster.num_boosted_rounds()
    assert len(losses) < 300
    assert kept == 1 + int(np.argmin(losses)) == len(losses) - 10
    assert trees.history[-1]["training_loss"] < trees.history[0]["training_loss"]


def test_without_a_difference_the_score_says_nothing_of_events_that_were_not_seen(tmp_path):
    """Labels drawn at random: 0.5 out of fold, although the trees know their own events."""
    files = write_gaussians(tmp_path, 1500, shift=0.0)
    settings = make_trees(max_depth=8, max_trees=30, min_child_weight=0.1)
    found, grown = score_out_of_fold(*files, settings, 3)
    auc = compute_auc(*found)
    assert abs(auc.value - 0.5) < 3.5 * auc.uncertainty
    seen = []
    for path in (files[0][0], files[1]["s"]):
        table = read_shard(path)
        mine = find_folds(table["key"].to_numpy(), 3) != 0
        x = decode(table).fill(padding=np.nan)[mine]
        seen += [grown[0].compute_scores(x), np.ones(len(x))]
    assert compute_auc(*seen).value > 0.6


def test_negative_weights_with_their_sign_take_away_what_they_must(tmp_path):
    """Signal of weight +1 at 0 and 2, and of weight -1 at 0: only that at 2 is there."""
    background = draw_gaussians(4000, 0.0, seed=1)
    at = np.concatenate([np.zeros(2000), np.full(2000, 2.0), np.zeros(2000)])
    x = draw_gaussians(6000, 0.0, seed=2)
    x[:, 0] += at
    weight = np.repeat([1.0, 1.0, -1.0], 2000)
    files = (
        [write_sample(tmp_path / "b.parquet", background, 1.0, "b")],
        {"s": write_sample(tmp_path / "s.parquet", x, weight, "s")},
    )
    points = np.array([[0.0, 0.0], [2.0, 0.0]], np.float32)
    expected = np.array([-2.0, 2.0])  # of unit Gaussians at 0 and 2: 2 x - 2
    off = {}
    for policy in ("keep", "absolute_rescaled", "drop"):
        settings = make_trees(negative_weights=policy, max_trees=100)
        off[policy] = np.abs(grow(*files, settings).compute_scores(points) - expected).max()
    assert off["keep"] < 0.6
    assert off["drop"] > 1
    assert off["absolute_rescaled"] > 1
    with pytest.raises(ValueError, match=r"bdt, training part: 33.\d% of the events"):
        grow(*files)


def write_with(folder, change):
    """Two Gaussians, after a change of their features."""
    folder.mkdir()
    made = [draw_gaussians(500, shift, seed=k, features=3) for k, shift in enumerate((0.0, 1.0))]
    for x in made:
        change(x)
    return (
        [write_sample(folder / "b.parquet", made[0], 1.0, "b")],
        {"s": write_sample(folder / "s.parquet", made[1], 1.0, "s")},
    )


def test_features_that_say_nothing_are_told_and_no_others_is_an_error(tmp_path):
    def spoil(x):
        x[:, 1], x[:, 2] = 7.0, np.nan

    trees = grow(*write_with(tmp_path / "two", spoil))
    assert [warning.split(" of the training")[0] for warning in trees.warnings] == [
        "the feature f2 is in no event",
        "the feature f1 has the same value in every event",
    ]
    with pytest.raises(ValueError, match=r"bdt: none of its 2 features varies"):
        grow(*write_with(tmp_path / "none", spoil), make_trees(exclude_features=["f0"]))
    assert grow(*write_with(tmp_path / "all", lambda x: x)).warnings == []


def test_trees_without_a_cut_are_an_error(events):
    settings = make_trees(min_child_weight=1e6)
    with pytest.raises(ValueError, match=r"bdt: no tree makes a cut.*1e\+06"):
        grow(*events, settings)


def test_a_signal_whose_events_are_all_in_the_fold_is_named(events, tmp_path):
    keys = make_event_keys(1, "s", np.ones(60, np.int64), np.arange(60, dtype=np.uint64))
    weight = np.where(find_folds(keys, 2) == 0, 1.0, 0.0)
    path = write_sample(tmp_path / "s.parquet", draw_gaussians(60, 1.0, seed=3), weight, "s")
    grow(events[0], {"s": path}, fold=Fold(1, 2))
    with pytest.raises(ValueError, match="training part: the sample s has no event"):
        grow(events[0], {"s": path}, fold=Fold(0, 2))


@pytest.fixture(scope="module")
def higgsml(tmp_path_factory):
    return read_higgsml(tmp_path_factory.mktemp("higgsml"))


# out of five folds, 120 trees of depth 3, rate 0.1: 0.913, 0.910, 0.918, 0.918 with XGBoost's own
# loss, the same parameters and other folds; a statistical uncertainty of 0.0034 each
@pytest.mark.parametrize(
    ("scheme", "expected"),
    [
        ("unweighted", 0.9133),
        ("physical", 0.9100),
        ("balanced_counts", 0.9133),
        ("balanced_yield", 0.9178),
        ("sqrt", 0.9183),
        ("per_mass", 0.9178),
    ],
)
def test_simulated_higgs_bosons_are_told_as_well_as_by_others(higgsml, scheme, expected):
    settings = make_trees(class_weights=scheme, max_trees=120, max_depth=3)
    found, _ = score_out_of_fold(*higgsml, settings, 5)
    auc = compute_auc(*found)
    assert auc.uncertainty == pytest.approx(0.0034, abs=0.0005)
    assert auc.value == pytest.approx(expected, abs=0.005)


RANDOM = {"subsample": 0.7, "colsample_bytree": 0.5, "max_trees": 15}


def test_an_ensemble_is_the_mean_of_trees_of_several_seeds(events):
    members = [grow(*events, make_trees(**RANDOM), seed=seed) for seed in (5, 6, 7)]
    whole = grow(*events, make_trees(**RANDOM, ensemble=3), seed=5)
    scores = [one.compute_scores(NEW) for one in members]
    assert np.abs(scores[0] - scores[1]).max() > 0.01
    np.testing.assert_allclose(whole.compute_scores(NEW), np.mean(scores, axis=0), atol=1e-5)
    assert whole.booster.num_boosted_rounds() == sum(
        one.booster.num_boosted_rounds() for one in members
    )
    # the mean of three is better on events that none of them saw than they are on average
    alone = np.mean([one.losses["validation"] for one in members])
    assert whole.losses["validation"] < alone
    assert {record["megaset"] for record in whole.history} == {0, 1, 2}


def test_trees_have_no_more_leaves_than_asked_for(events):
    grown = grow(*events, make_trees(max_trees=5, max_depth=10, max_leaves=5))
    leaves = [tree.count('"leaf"') for tree in grown.booster.get_dump(dump_format="json")]
    assert max(leaves) == 5
    deeper = grow(*events, make_trees(max_trees=5, max_depth=10))
    assert max(t.count('"leaf"') for t in deeper.booster.get_dump(dump_format="json")) > 5


def test_a_prior_of_background_tells_nothing(tmp_path):
    """The negative control: what is drawn as the background is has no score of its own."""
    files = write_gaussians(tmp_path, 3000, shift=0.0)
    settings = make_trees(
        target={"priors": ["s"]}, class_weights="sqrt", max_leaves=8, subsample=0.7, ensemble=2
    )
    found, _ = score_out_of_fold(*files, settings, 2)
    auc = compute_auc(*found)
    assert auc.value == pytest.approx(0.5, abs=4 * auc.uncertainty)
    assert auc.uncertainty < 0.02
