"""Resonances of three masses among a wide background; a fourth one is never shown."""

import numpy as np
import pytest
import torch

from labelled_events import do_train, make_classifier, make_parametrised, write_sample
from rapidmass.datasets.folds import Fold, find_folds
from rapidmass.models.export.onnx_check import check_parity
from rapidmass.models.export.onnx_export import export_onnx
from rapidmass.models.networks.registry import build_network
from rapidmass.scores.write import NetworkScorer
from rapidmass.statistics.roc import compute_auc
from rapidmass.storage.parquet import read_shard

MASSES = {"s2": 2.0, "s3": 3.0, "s5": 5.0, "s6": 6.0}
HELD_OUT = 4.0
LAYERS = [{"units": 32, "activation": "relu"}] * 2
FAST = {"layers": LAYERS, "epochs": 8, "optimiser": {"learning_rate": 0.01}}
FOLD = Fold(0, 2)


def draw_resonance(n, mass, seed):
    rng = np.random.default_rng(seed)
    return np.stack([rng.normal(mass, 0.5, n), rng.normal(size=n)], axis=1)


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    folder = tmp_path_factory.mktemp("resonances")
    rng = np.random.default_rng(1)
    wide = np.stack([rng.uniform(0, 8, 8000), rng.normal(size=8000)], axis=1)
    masses = {**MASSES, "held": HELD_OUT}
    signals = {
        name: write_sample(
            folder / f"{name}.parquet", draw_resonance(2000, mass, k), 1e-3 * 10**k, name
        )
        for k, (name, mass) in enumerate(masses.items(), start=2)
    }
    return [write_sample(folder / "b.parquet", wide, 1.0, "b")], signals


@pytest.fixture(scope="module", params=["input", "affine"])
def network(files, tmp_path_factory, request):
    folder = tmp_path_factory.mktemp("network")
    settings = make_parametrised(
        MASSES, score_masses=[2.0, HELD_OUT, 6.0], conditioning=request.param, **FAST
    )
    told = {name: files[1][name] for name in MASSES}
    trained = do_train(files[0], told, settings, folder, fold=FOLD)
    export_onnx(trained, folder / "model.onnx", provenance={})
    parity = check_parity(trained, folder / "model.onnx", files[0])
    assert {"score_logit_at_2", "score_logit_at_4", "score_logit_at_6"} <= set(parity)
    return NetworkScorer(folder / "model.onnx", settings.score_names, threads=1)


def measure(scorer, files, signal, column):
    """AUC of a signal, of events that the network did not see."""
    found = []
    for path in (files[0][0], files[1][signal]):
        table = read_shard(path)
        mine = find_folds(table["key"].to_numpy(), FOLD.number) == FOLD.left_out
        found += [scorer.score(table)[column][mine], table["weight"].to_numpy()[mine]]
    return compute_auc(*found)


def test_each_mass_is_told_best_by_the_score_at_that_mass(network, files):
    assert network.columns == ("score", "score_logit_at_4", "score_logit_at_6")
    for signal, right in (("s2", "score"), ("s6", "score_logit_at_6")):
        for column in set(network.columns) - {right}:
            assert measure(network, files, signal, right).value > 0.1 + (
                measure(network, files, signal, column).value
            )


def test_a_mass_that_was_never_shown_is_told_nearly_as_well_as_by_a_network_of_its_own(
    network, files, tmp_path
):
    # the densities' ratio falls with |x - 4|, whose AUC is 1 - E|z| / 8 for a normal z of width 0.5
    best = 1 - 0.5 * np.sqrt(2 / np.pi) / 4
    settings = make_classifier(target={"signals": ["held"]}, **FAST)
    own = do_train(files[0], {"held": files[1]["held"]}, settings, tmp_path, fold=FOLD)
    export_onnx(own, tmp_path / "model.onnx", provenance={})
    scorer = NetworkScorer(tmp_path / "model.onnx", ["logit"], threads=1)
    dedicated = measure(scorer, files, "held", "score")
    assert dedicated.value == pytest.approx(best, abs=0.02)
    assert measure(network, files, "held", "score_logit_at_4").value > 0.95 * dedicated.value
    assert measure(network, files, "held", "score_logit_at_6").value < 0.8 * dedicated.value


def test_the_mass_scales_and_shifts_each_hidden_layer_alone():
    """Without modulation every mass has the same answer; the mass is no input."""
    settings = make_parametrised(MASSES, conditioning="affine", layers=LAYERS)
    network = build_network(settings, (2,), 2)
    assert network.hidden[0].in_features == 4
    assert [one.out_features for one in network.modulations] == [64, 64]
    x, mask = torch.randn(5, 2), torch.ones(5, 2)
    scores = list(network.describe_events(x, mask).values())
    assert not torch.allclose(scores[0], scores[1])
    with torch.no_grad():
        for parameter in network.modulations.parameters():
            parameter.zero_()
    scores = list(network.describe_events(x, mask).values())
    assert torch.allclose(scores[0], scores[1])
    plain = network.compute_logit(network.hide(x, mask))
    assert torch.allclose(scores[0], plain, atol=1e-6)


def test_where_events_tell_nothing_masses_do_not_either(tmp_path):
    """Signals of very different numbers and weights, distributed as the background."""
    rng = np.random.default_rng(3)
    background = write_sample(tmp_path / "b.parquet", rng.normal(size=(3000, 2)), 1.0, "b")
    sizes = {"s2": 2000, "s6": 100}
    signals = {
        name: write_sample(tmp_path / f"{name}.parquet", rng.normal(size=(n, 2)), 1e-6 * n, name)
        for name, n in sizes.items()
    }
    settings = make_parametrised({name: MASSES[name] for name in sizes}, epochs=6)
    trained = do_train([background], signals, settings, tmp_path)
    # the logarithm of 2, of one who knows nothing. With signals weighted as they come, 20 to 1, and
    # background at either mass, one who reads the label from the mass has 0.55.
    assert trained.history[-1]["training_loss"] == pytest.approx(np.log(2), abs=0.03)
