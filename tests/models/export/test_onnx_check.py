import numpy as np
import onnx
import onnxruntime
import pytest
import torch

from example_networks import (
    make_autoencoder,
    make_chain,
    make_discriminator,
    make_masked_autoencoder,
    make_vae,
)
from rapidmass.config.models.training import ScalingSettings, TrainingSettings
from rapidmass.models.export.onnx_check import check_parity
from rapidmass.models.export.onnx_export import ScoringGraph, export_onnx
from rapidmass.models.inputs.scaler_fit import fit_scaler
from rapidmass.models.training.train import train
from rapidmass.representations.tables import decode
from synthetic_megasets import LAYOUT, make_events, write_events

LOGARITHMS = ScalingSettings(kind="log_standard", clip=False)
CASES = {
    "autoencoder": (make_autoencoder(), ScalingSettings()),
    "vae": (make_vae(), ScalingSettings()),
    "standard": (make_autoencoder(), ScalingSettings(kind="standard", clip=False)),
    "present": (make_masked_autoencoder(), LOGARITHMS),
    "present squared": (make_masked_autoencoder(loss="mse", exclude_features=["h_*"]), LOGARITHMS),
    "discriminator": (make_discriminator(), LOGARITHMS),
}


@pytest.fixture(scope="module")
def megasets(tmp_path_factory):
    folder = tmp_path_factory.mktemp("export")
    empty = write_events(folder / "empty.parquet", make_events(0))
    return [empty, write_events(folder / "full.parquet", make_events(1500))]


@pytest.fixture(scope="module", params=CASES)
def trained(request, megasets, tmp_path_factory):
    architecture, scaling = CASES[request.param]
    return train(
        megasets,
        fit_scaler(megasets, scaling, validation_fraction=0.2),
        architecture,
        settings=TrainingSettings(),
        seed=1,
        validation_fraction=0.2,
        checkpoint=tmp_path_factory.mktemp("checkpoint") / "c.pt",
        name=request.param,
        selection="lep",
        code="c0de",
        augmented=megasets,
    )


@pytest.fixture(scope="module")
def model(trained, tmp_path_factory):
    path = tmp_path_factory.mktemp("model") / "model.onnx"
    export_onnx(trained, path, provenance={})
    return path


def run(path, rmm):
    session = onnxruntime.InferenceSession(path)
    names = [output.name for output in session.get_outputs()]
    return dict(zip(names, session.run(names, {"x": rmm}), strict=True))


def test_the_file_computes_what_the_network_computes(trained, model, megasets):
    parity = check_parity(trained, model, megasets)
    assert parity.pop("events") == 1500
    largest = 0
    if "error" in parity:
        found = run(model, decode(make_events(1500)).fill(padding=np.nan))
        largest = 1e-5 * 10 ** found["score_error"].max()
        assert 0 <= parity.pop("error") < largest
    assert {"latent"} <= parity.keys()
    assert all(0 <= value < 1e-5 for value in parity.values())


@pytest.mark.parametrize(("place", "change"), [(0, 0.01), (-1, 1e-4)])
def test_a_file_that_computes_something_else_is_refused(trained, model, megasets, place, change):
    """The small change is ten times what rounding is allowed, where nothing amplifies it."""
    parameter = list(trained.network.parameters())[place]
    before = parameter.detach().clone()
    with torch.no_grad():
        parameter += change
        try:
            with pytest.raises(ValueError, match=r"model\.onnx: \w+ differs from the trained"):
                check_parity(trained, model, megasets)
        finally:
            parameter.copy_(before)


def test_a_wrong_score_is_refused_though_the_reconstruction_is_right(
    trained, model, megasets, tmp_path
):
    if "reconstruction" not in run(model, np.zeros((1, LAYOUT.n_cells), np.float32)):
        pytest.skip("this family reconstructs nothing")
    wrong = onnx.load(model)
    last = next(node for node in wrong.graph.node if node.op_type == "ReduceSum")
    last.op_type = "ReduceMean"
    onnx.save(wrong, tmp_path / "wrong.onnx")
    with pytest.raises(ValueError, match=r"wrong\.onnx: error behind score_\w+ differs"):
        check_parity(trained, tmp_path / "wrong.onnx", megasets)


@pytest.fixture(scope="module")
def rotation(megasets, tmp_path_factory):
    """A network that turns its inputs around and back: perfect, up to rounding.

    After its export, its weights are moved by the least that there is, as if rounded elsewhere.
    """
    folder = tmp_path_factory.mktemp("rotation")
    n = LAYOUT.n_cells
    trained = train(
        megasets,
        fit_scaler(megasets, ScalingSettings(), validation_fraction=0.2),
        make_autoencoder(layers=make_chain((n, "linear"), ("inputs", "linear")), epochs=1),
        settings=TrainingSettings(),
        seed=1,
        validation_fraction=0.2,
        checkpoint=folder / "c.pt",
        name="rotation",
        selection="lep",
        code="c0de",
    )
    turn = torch.linalg.qr(torch.randn((n, n), generator=torch.Generator().manual_seed(1))).Q
    with torch.no_grad():
        for layer, matrix in zip(trained.network.layers[::2], (turn, turn.T), strict=True):
            layer.weight.copy_(matrix)
            layer.bias.zero_()
    path = folder / "model.onnx"
    export_onnx(trained, path, provenance={})
    with torch.no_grad():
        for layer in trained.network.layers[::2]:
            layer.weight.copy_(torch.nextafter(layer.weight, torch.tensor(2.0)))
    return trained, path


def test_a_nearly_perfect_network_passes(rotation, megasets):
    """Its score is the logarithm of rounding, and as different here and there as that."""
    trained, model = rotation
    rmm = decode(make_events(1500)).fill(padding=np.nan)
    with torch.no_grad():
        here = ScoringGraph(trained).eval()(torch.from_numpy(rmm))["score_error"]
    there = run(model, rmm)["score_error"]
    assert (here < -10).all()
    assert np.abs(there / here.numpy() - 1).max() > 1e-3
    parity = check_parity(trained, model, megasets)
    assert parity["error"] < 1e-11


@pytest.mark.parametrize("offset", [3e-5, 1e-2])
def test_a_nearly_perfect_network_with_a_wrong_graph_is_refused(
    rotation, megasets, tmp_path, offset
):
    trained, model = rotation
    wrong = onnx.load(model)
    weights = next(t for t in wrong.graph.initializer if "weight" in t.name)
    values = onnx.numpy_helper.to_array(weights).copy()
    values[0] += offset
    weights.CopyFrom(onnx.numpy_helper.from_array(values, weights.name))
    onnx.save(wrong, tmp_path / "wrong.onnx")
    with pytest.raises(ValueError, match=r"wrong\.onnx: (latent|reconstruction) differs"):
        check_parity(trained, tmp_path / "wrong.onnx", megasets)


def test_without_events_nothing_can_be_compared(trained, model, megasets):
    with pytest.raises(ValueError, match="no event"):
        check_parity(trained, model, megasets[:1])
