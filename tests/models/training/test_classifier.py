from statistics import NormalDist

import numpy as np
import pytest
import torch

from labelled_events import (
    LAYERS,
    do_train,
    draw_gaussians,
    make_classifier,
    make_parametrised,
    read_higgsml,
    write_gaussians,
    write_sample,
)
from rapidmass.datasets.folds import Fold, find_folds
from rapidmass.models.export.model_card import describe_model
from rapidmass.models.export.onnx_check import check_parity
from rapidmass.models.export.onnx_export import export_onnx
from rapidmass.models.training.checkpoints import Keeper
from rapidmass.scores.write import NetworkScorer
from rapidmass.statistics.roc import compute_auc
from rapidmass.storage.parquet import read_shard


@pytest.fixture(scope="module")
def events(tmp_path_factory):
    return write_gaussians(tmp_path_factory.mktemp("events"), 3000)


def score(trained, path, folder):
    """Scores by the exported network."""
    export_onnx(trained, folder / "model.onnx", provenance={})
    scorer = NetworkScorer(folder / "model.onnx", ["logit"], threads=1)
    return scorer.score(read_shard(path))["score"]


def score_out_of_fold(megasets, signals, settings, folder, number):
    found = []
    trained = [
        do_train(megasets, signals, settings, folder, fold=Fold(k, number)) for k in range(number)
    ]
    for path in (megasets[0], signals["s"]):
        table = read_shard(path)
        folds = find_folds(table["key"].to_numpy(), number)
        each = np.stack([score(network, path, folder) for network in trained])
        found += [each[folds, np.arange(len(folds))], table["weight"].to_numpy()]
    return found


def test_a_network_comes_near_the_best_that_there_is(events, tmp_path):
    settings = make_classifier(optimiser={"learning_rate": 0.01})
    found = score_out_of_fold(*events, settings, tmp_path, 2)
    auc = compute_auc(*found)
    best = NormalDist().cdf(1 / np.sqrt(2))  # of two unit Gaussians, one unit apart
    assert abs(auc.value - best) < 3 * auc.uncertainty


@pytest.mark.parametrize("scheme", ["balanced_yield", "unweighted"])
def test_rare_signals_are_learned_and_the_logit_knows_how_rare_they_are(tmp_path, scheme):
    """30 background events for one of signal: the logit is x - 1/2, less log(30) if it counts."""
    background = draw_gaussians(6000, 0.0, seed=1)
    files = (
        [write_sample(tmp_path / "b.parquet", background, 1.0, "b")],
        {"s": write_sample(tmp_path / "s.parquet", draw_gaussians(200, 1.0, seed=2), 1.0, "s")},
    )
    settings = make_classifier(
        class_weights=scheme,
        epochs=15,
        layers=[{"units": 1, "activation": "linear"}],
        optimiser={"learning_rate": 0.02},
    )
    trained = do_train(*files, settings, tmp_path)
    assert trained.history[0]["training_weight_pb"] is None
    points = draw_gaussians(3, 0.0, seed=3)
    points[:, 0], points[:, 1] = [-1.0, 0.5, 2.0], 0.0
    path = write_sample(tmp_path / "points.parquet", points, 1.0, "b")
    order = np.argsort(read_shard(path)["feature:f0"].to_numpy())
    offset = 0.0 if scheme == "balanced_yield" else np.log(30)
    expected = np.array([-1.5, 0.0, 1.5]) - offset
    assert score(trained, path, tmp_path)[order] == pytest.approx(expected, abs=0.6)


@pytest.mark.parametrize("scheme", ["balanced_yield", "physical", "sqrt"])
def test_the_unit_of_weights_changes_no_score(scheme, tmp_path):
    usual = None
    for factor in (1.0, 1e-6, 1e6):
        folder = tmp_path / f"{factor:g}"
        folder.mkdir()
        files = write_gaussians(folder, 600, weights=(factor, 0.01 * factor))
        trained = do_train(*files, make_classifier(class_weights=scheme, epochs=2), folder)
        found = score(trained, files[0][0], folder)
        usual = found if usual is None else usual
        np.testing.assert_allclose(found, usual, rtol=0, atol=1e-5)
    assert np.unique(usual).size > 100


def test_without_a_difference_the_score_says_nothing_of_events_that_were_not_seen(tmp_path):
    files = write_gaussians(tmp_path, 1000, shift=0.0)
    settings = make_classifier(epochs=10, layers=[{"units": 64, "activation": "relu"}])
    auc = compute_auc(*score_out_of_fold(*files, settings, tmp_path, 2))
    assert abs(auc.value - 0.5) < 3.5 * auc.uncertainty


def test_an_absent_element_is_0_after_scaling_and_known_to_be_absent(events, tmp_path):
    trained = do_train(*events, make_classifier(epochs=1), tmp_path)
    x, mask = torch.tensor([[0.3, 5.0], [0.3, -5.0]]), torch.tensor([[1.0, 0.0], [1.0, 0.0]])
    with torch.no_grad():
        absent = trained.network.describe_events(x, mask)["score_logit"]
        there = trained.network.describe_events(x, torch.ones_like(mask))["score_logit"]
    assert absent[0] == absent[1]
    assert there[0] != there[1]


def test_the_card_says_what_was_told_and_the_file_computes_the_same(events, tmp_path):
    trained = do_train(*events, make_classifier(epochs=1), tmp_path, fold=Fold(0, 3))
    export_onnx(trained, tmp_path / "model.onnx", provenance={})
    parity = check_parity(trained, tmp_path / "model.onnx", events[0])
    card = describe_model(trained, {}, parity)
    told = card["classes"]
    assert set(told) == {"background", "signal"}
    assert told["signal"]["s"]["events"] == pytest.approx(3000 * 2 / 3 * 0.8, rel=0.1)
    counted = [sample["events"] for samples in told.values() for sample in samples.values()]
    assert card["training_events"] == sum(counted)
    assert card["warnings"] == []
    assert card["fold"] == [0, 3]


def test_features_that_the_network_cannot_see_are_told(tmp_path):
    made = [draw_gaussians(300, shift, seed=1) for shift in (0.0, 1.0)]
    for x in made:
        x[:, 1] = 3.0
    files = (
        [write_sample(tmp_path / "b.parquet", made[0], 1.0, "b")],
        {"s": write_sample(tmp_path / "s.parquet", made[1], 1.0, "s")},
    )
    trained = do_train(*files, make_classifier(epochs=1), tmp_path)
    (warning,) = describe_model(trained, {})["warnings"]
    assert warning.startswith("the feature f1 does not vary among the background")


def test_what_cannot_be_learned_from_is_refused(events, tmp_path):
    megasets, signals = events
    with pytest.raises(ValueError, match=r"dnn .* needs signals"):
        do_train(megasets, {}, make_classifier(), tmp_path)
    weight = np.where(np.arange(100) < 20, -1.0, 1.0)
    mixed = write_sample(tmp_path / "s.parquet", draw_gaussians(100, 1.0, seed=3), weight, "s")
    with pytest.raises(ValueError, match="of the events of s have a negative weight"):
        do_train(megasets, {"s": mixed}, make_classifier(), tmp_path)
    kept = make_classifier(negative_weights="absolute_rescaled", epochs=1)
    assert do_train(megasets, {"s": mixed}, kept, tmp_path).classes["signal"]["s"].negative[0] > 0
    assert signals


def test_simulated_higgs_bosons_are_told_about_as_well_as_by_trees(tmp_path):
    files = read_higgsml(tmp_path)
    settings = make_classifier(
        epochs=12,
        optimiser={"learning_rate": 0.005},
        layers=[{"units": 32, "activation": "relu"}, *LAYERS],
    )
    auc = compute_auc(*score_out_of_fold(*files, settings, tmp_path, 2))
    assert 0.89 < auc.value < 0.93


@pytest.mark.parametrize("stop", [3, 21, 45])
@pytest.mark.parametrize("family", ["classifier", "parametrised"])
def test_an_interrupted_training_ends_as_one_that_is_not(tmp_path, monkeypatch, family, stop):
    megasets, signals = write_gaussians(tmp_path, 600)
    settings = make_classifier(batch_size=64, epochs=3)
    if family == "parametrised":
        other = write_sample(tmp_path / "t.parquet", draw_gaussians(50, 2.0, seed=3), 1.0, "t")
        signals |= {"t": other}
        settings = make_parametrised({"s": 1, "t": 2}, batch_size=64, epochs=3)
    places = [tmp_path / name for name in ("whole", "stopped")]
    for place in places:
        place.mkdir()
    whole = do_train(megasets, signals, settings, places[0])
    visits, visit = [], Keeper.visit

    def visit_and_stop(keeper, get_state):
        visit(keeper, get_state)
        visits.append(1)
        if len(visits) == stop:
            raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(Keeper, "visit", visit_and_stop)
        with pytest.raises(KeyboardInterrupt):
            do_train(megasets, signals, settings, places[1], checkpoint_interval=0)
    again = do_train(megasets, signals, settings, places[1])
    assert again.history == whole.history
    for name, tensor in whole.network.state_dict().items():
        assert torch.equal(again.network.state_dict()[name], tensor)
