import json
import sys

import numpy as np
import onnx
import onnxruntime
import pytest
import torch

from example_networks import (
    make_autoencoder,
    make_discriminator,
    make_masked_autoencoder,
    make_one_class,
    make_vae,
)
from rapidmass.config.models.training import ScalingSettings, TrainingSettings
from rapidmass.models.export.onnx_export import export_onnx
from rapidmass.models.inputs.scaler_fit import fit_scaler
from rapidmass.models.training.train import train
from rapidmass.representations.tables import decode
from synthetic_megasets import LAYOUT, MATRIX, make_events, mark, write_events

LOGARITHMS = ScalingSettings(kind="log_standard", clip=False)
CASES = {
    "vae": (make_vae(), ScalingSettings()),
    "fewer cells": (make_autoencoder(exclude_features=["m_*"]), ScalingSettings()),
    "present squared": (make_masked_autoencoder(loss="mse", exclude_features=["h_*"]), LOGARITHMS),
    "bf16": (make_vae(precision="bf16"), ScalingSettings()),
    "discriminator": (make_discriminator(), LOGARITHMS),
    "one class": (make_one_class(), ScalingSettings()),
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
        augmented=megasets,
    )


@pytest.fixture(scope="module")
def model(trained, tmp_path_factory):
    path = tmp_path_factory.mktemp("model") / "model.onnx"
    export_onnx(trained, path, provenance=PROVENANCE)
    return path


def run(path, rmm):
    session = onnxruntime.InferenceSession(path)
    names = [output.name for output in session.get_outputs()]
    return dict(zip(names, session.run(names, {"x": rmm}), strict=True))


def test_scaling_and_choice_of_cells_are_inside(trained, model):
    """From raw matrices with NaN where cells are absent, as `Scaler.transform` would scale them."""
    matrices = decode(make_events(300, seed=4, hardness=3))
    x = torch.from_numpy(trained.scaler.transform(matrices, trained.features))
    present = torch.from_numpy(mark(matrices, trained.features))
    with torch.no_grad():
        expected = trained.network.describe_events(x, present)
    found = run(model, matrices.fill(padding=np.nan))
    assert found.keys() == expected.keys()
    assert {f"score_{name}" for name in trained.network.scores} <= found.keys()
    for name, values in found.items():
        np.testing.assert_allclose(values, expected[name].numpy(), rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("n", [1, 2, 77])
def test_any_number_of_events_is_taken(model, n):
    found = run(model, np.zeros((n, LAYOUT.n_cells), np.float32))
    assert {len(values) for values in found.values()} == {n}


def test_one_file_holds_everything(model):
    assert [path.name for path in model.parent.iterdir()] == ["model.onnx"]
    graph = onnx.load(model, load_external_data=False).graph
    assert not any(tensor.external_data for tensor in graph.initializer)


def test_all_numbers_are_in_single_precision(model):
    graph = onnx.load(model).graph
    kinds = {tensor.data_type for tensor in graph.initializer if len(tensor.dims) > 0}
    assert kinds <= {onnx.TensorProto.FLOAT, onnx.TensorProto.INT64}
    assert {value.type.tensor_type.elem_type for value in graph.output} == {onnx.TensorProto.FLOAT}
    assert not [node for node in graph.node if node.op_type == "Cast"]


def test_representation_and_origin_are_in_the_file(trained, model):
    properties = onnxruntime.InferenceSession(model).get_modelmeta().custom_metadata_map
    assert json.loads(properties["rapidmass.representation"]) == MATRIX.describe()
    assert json.loads(properties["rapidmass.features"]) == trained.features.tolist()
    assert properties["rapidmass.name"] == trained.name
    assert properties["rapidmass.selection"] == "lep"
    assert json.loads(properties["rapidmass.provenance.requests"]) == PROVENANCE


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
