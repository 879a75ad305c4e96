import json
import sys

import numpy as np
import onnx
import onnxruntime
import pytest
import torch

from example_networks import make_autoencoder, make_vae
from rapidmass.config.training import ScalingSettings, TrainingSettings
from rapidmass.export import check_parity, export_onnx
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
    )


@pytest.fixture(scope="module")
def model(trained, tmp_path_factory):
    path = tmp_path_factory.mktemp("model") / "model.onnx"
    export_onnx(trained, path)
    return path


def run(path, rmm):
    return onnxruntime.InferenceSession(path).run(["reconstruction", "score"], {"rmm": rmm})


def test_the_file_computes_what_the_network_computes(trained, model, megasets):
    parity = check_parity(trained, model, megasets)
    assert parity["events"] == 1500
    assert 0 <= parity["reconstruction"] < 1e-6
    assert 0 <= parity["score"] < 1e-6


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


def test_the_layout_is_in_the_file(trained, model):
    properties = onnxruntime.InferenceSession(model).get_modelmeta().custom_metadata_map
    assert json.loads(properties["rapidmass.layout"]) == LAYOUT.describe()
    assert properties["rapidmass.name"] == trained.name


def test_the_file_is_the_same_every_time_and_names_no_path(trained, model, tmp_path):
    export_onnx(trained, tmp_path / "again.onnx")
    content = model.read_bytes()
    assert (tmp_path / "again.onnx").read_bytes() == content
    for trace in (b".py", sys.prefix.encode(), b"stack_trace"):
        assert trace not in content


def test_exporting_says_nothing(trained, tmp_path, capfd, caplog):
    export_onnx(trained, tmp_path / "model.onnx")
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


def test_without_events_nothing_can_be_compared(trained, model, megasets):
    with pytest.raises(ValueError, match="no event"):
        check_parity(trained, model, megasets[:1])
