import json
import sys

import numpy as np
import onnx
import onnxruntime
import pytest
import torch

from example_networks import make_autoencoder, make_chain, make_vae
from rapidmass.config.training import ScalingSettings, TrainingSettings
from rapidmass.export import ScoringGraph, check_parity, export_onnx
from rapidmass.rmm import densify
from rapidmass.scaling import fit_scaler
from rapidmass.tables import get_matrices
from rapidmass.training import train
from synthetic_megasets import LAYOUT, make_events, write_events

CASES = {
    "autoencoder": (make_autoencoder(), ScalingSettings()),
    "vae": (make_vae(), ScalingSettings()),
    "fewer cells": (make_autoencoder(exclude_cells=["m_*"]), ScalingSettings()),
    "standard": (make_autoencoder(), ScalingSettings(kind="standard", clip=False)),
}


PROVENANCE = {"settings": {"name": "net"}, "code": "c0de", "versions": {"torch": "2"}}


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
    )


@pytest.fixture(scope="module")
def model(trained, tmp_path_factory):
    path = tmp_path_factory.mktemp("model") / "model.onnx"
    export_onnx(trained, path, provenance=PROVENANCE)
    return path


def run(path, rmm):
    return onnxruntime.InferenceSession(path).run(["reconstruction", "score"], {"rmm": rmm})


def test_the_file_computes_what_the_network_computes(trained, model, megasets):
    parity = check_parity(trained, model, megasets)
    assert parity["events"] == 1500
    assert 0 <= parity["reconstruction"] < 1e-6
    _, score = run(model, densify(get_matrices(make_events(1500))))
    assert 0 <= parity["squared_error"] < 1e-5 * 10 ** score.max()


def test_scaling_and_choice_of_cells_are_inside(trained, model):
    """From raw matrices with 0 where cells are absent, as `Scaler.transform` would scale them."""
    matrices = get_matrices(make_events(300, seed=4, hardness=3))
    x = trained.scaler.transform(matrices, trained.cells)
    with torch.no_grad():
        expected = trained.network.reconstruct(torch.from_numpy(x)).numpy()
    reconstruction, score = run(model, densify(matrices))
    np.testing.assert_allclose(reconstruction, expected, rtol=1e-5, atol=1e-6)
    squares = ((expected.astype(float) - x) ** 2).sum(axis=1)
    np.testing.assert_allclose(score, np.log10(squares), rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize("n", [1, 2, 77])
def test_any_number_of_events_is_taken(model, n):
    reconstruction, score = run(model, np.zeros((n, LAYOUT.n_cells), np.float32))
    assert len(reconstruction) == len(score) == n


def test_one_file_holds_everything(model):
    assert [path.name for path in model.parent.iterdir()] == ["model.onnx"]
    graph = onnx.load(model, load_external_data=False).graph
    assert not any(tensor.external_data for tensor in graph.initializer)


def test_layout_and_origin_are_in_the_file(trained, model):
    properties = onnxruntime.InferenceSession(model).get_modelmeta().custom_metadata_map
    assert json.loads(properties["rapidmass.layout"]) == LAYOUT.describe()
    assert properties["rapidmass.name"] == trained.name
    assert properties["rapidmass.selection"] == "lep"
    assert json.loads(properties["rapidmass.provenance"]) == PROVENANCE


def test_the_file_is_the_same_every_time_and_names_no_path(trained, model, tmp_path):
    export_onnx(trained, tmp_path / "again.onnx", provenance=PROVENANCE)
    content = model.read_bytes()
    assert (tmp_path / "again.onnx").read_bytes() == content
    for trace in (b".py", sys.prefix.encode(), b"stack_trace"):
        assert trace not in content


def test_exporting_says_nothing(trained, tmp_path, capfd, caplog):
    export_onnx(trained, tmp_path / "model.onnx", provenance={})
    assert capfd.readouterr() == ("", "")
    assert caplog.text == ""


def test_a_file_that_computes_something_else_is_refused(trained, model, megasets):
    parameter = next(trained.network.parameters())
    with torch.no_grad():
        parameter += 0.01
        try:
            with pytest.raises(ValueError, match=r"model\.onnx: \w+ differs from the trained"):
                check_parity(trained, model, megasets)
        finally:
            parameter -= 0.01


def test_a_wrong_score_is_refused_though_the_reconstruction_is_right(
    trained, model, megasets, tmp_path
):
    wrong = onnx.load(model)
    (last,) = (node for node in wrong.graph.node if node.op_type == "ReduceSum")
    last.op_type = "ReduceMean"
    onnx.save(wrong, tmp_path / "wrong.onnx")
    with pytest.raises(ValueError, match=r"wrong\.onnx: squared error of the score differs"):
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
    rmm = densify(get_matrices(make_events(1500)))
    with torch.no_grad():
        _, here = ScoringGraph(trained).eval()(torch.from_numpy(rmm))
    _, there = run(model, rmm)
    assert (here < -10).all()
    assert np.abs(there / here.numpy() - 1).max() > 1e-3
    parity = check_parity(trained, model, megasets)
    assert parity["squared_error"] < 1e-11


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
    with pytest.raises(ValueError, match=r"wrong\.onnx: reconstruction differs"):
        check_parity(trained, tmp_path / "wrong.onnx", megasets)


def test_without_events_nothing_can_be_compared(trained, model, megasets):
    with pytest.raises(ValueError, match="no event"):
        check_parity(trained, model, megasets[:1])
