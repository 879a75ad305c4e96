"""Networks as C++ headers give the scores that their ONNX files give."""

import json
import subprocess

import numpy as np
import onnx
import pytest
import torch

from cpp_networks import compile_cpp, compile_networks, score_rows
from example_networks import (
    make_autoencoder,
    make_chain,
    make_discriminator,
    make_masked_autoencoder,
    make_one_class,
    make_student,
    make_vae,
)
from labelled_events import grow, make_classifier, make_parametrised, make_trees, write_gaussians
from rapidmass.config.models.convolutional import ConvolutionalClassifier
from rapidmass.config.models.training import ScalingSettings, TrainingSettings
from rapidmass.models.classifiers.trees_export import export_trees
from rapidmass.models.export.cpp_header import name_namespace, write_header
from rapidmass.models.export.cpp_network import translate_network
from rapidmass.models.export.model_card import Trained
from rapidmass.models.export.onnx_export import export_onnx
from rapidmass.models.export.onnx_model import Model
from rapidmass.models.inputs.scaler import Scaler
from rapidmass.models.inputs.scaler_fit import fit_scaler
from rapidmass.models.networks.registry import build_network
from rapidmass.representations.base import select_elements
from rapidmass.representations.image.layout import ImageLayout
from rapidmass.representations.image.representation import JetImage
from rapidmass.representations.rmm.layout import Layout
from rapidmass.representations.rmm.matrices import build_sparse
from rapidmass.representations.rmm.representation import RapidityMassMatrix
from rapidmass.representations.tables import decode
from synthetic_megasets import LAYOUT, make_events, write_events

LOGARITHMS = ScalingSettings(kind="log_standard", clip=False)
EVERY = make_chain((9, "elu"), (8, "sigmoid"), (7, "relu"), (6, "linear"), ("inputs", "leaky_relu"))
CASES = {
    "autoencoder": make_autoencoder(),
    "activations": make_autoencoder(layers=EVERY, exclude_features=["m_*"]),
    "vae": make_vae(),
    "masked": make_masked_autoencoder(scaling=LOGARITHMS),
    "masked squared": make_masked_autoencoder(loss="mse", scaling=LOGARITHMS),
    "discriminator": make_discriminator(scaling=LOGARITHMS),
    "one class": make_one_class(),
    "student": make_student(),
    "classifier": make_classifier(scaling={"kind": "standard", "clip": False}),
    "mass as input": make_parametrised({"s": 400.0, "t": 700.0}),
    "mass that scales": make_parametrised({"s": 400.0, "t": 700.0}, conditioning="affine"),
}
IMAGES = JetImage(ImageLayout({"neutral": ("photons",), "charged": ("tracks",)}, pixels=9))


def export(folder, name, architecture, scaler):
    """Export a network with random weights."""
    torch.manual_seed(sum(name.encode()))
    shown = scaler.representation
    features = select_elements(shown, architecture.exclude_features)
    network = build_network(architecture, shown.shape, len(features)).eval()
    with torch.no_grad():  # biases begin at 0, where a mistake would not be seen
        for weights in network.parameters():
            weights += 0.1 * torch.randn(weights.shape)
    trained = Trained(
        name, network, architecture, TrainingSettings(), scaler, features, 1, 0.2, "2lep", "c0de",
        None, [], "cpu", [],
    )  # fmt: skip
    path = folder / name.replace(" ", "_") / "model.onnx"
    path.parent.mkdir()
    export_onnx(trained, path, provenance={})
    return path


@pytest.fixture(scope="module")
def exported(tmp_path_factory):
    """Networks of all families, and rows for them."""
    folder = tmp_path_factory.mktemp("networks")
    events = make_events(300)
    megasets = [write_events(folder / "events.parquet", events)]
    x = decode(make_events(50, seed=3, hardness=2)).fill(padding=np.nan)
    found = {}
    for name, architecture in CASES.items():
        scaling = architecture.scaling or ScalingSettings()
        scaler = fit_scaler(megasets, scaling, validation_fraction=0.2)
        found[name] = export(folder, name, architecture, scaler), x
    rng = np.random.default_rng(5)
    n = len(IMAGES.element_names)
    scaler = Scaler(IMAGES, None, "max", False, np.full(n, 0.02, "f4"), np.zeros(n, "f4"), None)
    settings = ConvolutionalClassifier(
        target={"signals": ["s"]}, convolutions=[4, 6], layers=make_chain((8, "relu"))
    )
    images = (rng.random((20, n)) * (rng.random((20, n)) < 0.2) * 100).astype(np.float32)
    found["convolutional"] = export(folder, "convolutional", settings, scaler), images
    backgrounds, signals = write_gaussians(folder)
    path = folder / "trees" / "model.onnx"
    path.parent.mkdir()
    export_trees(grow(backgrounds, signals, make_trees(max_depth=5)), path, provenance={})
    rows = rng.normal(size=(200, 2)).astype(np.float32)
    rows[rng.random((200, 2)) < 0.2] = np.nan
    return {**found, "trees": (path, rows)}


@pytest.fixture(scope="module")
def compared(exported, tmp_path_factory):
    """Scores by C++ and by ONNX, by network and score."""
    headers, rows = {}, []
    for path, x in exported.values():
        write_header(path, path.parent)
        told = translate_network(path).metadata
        space = name_namespace(told["rapidmass.selection"], told["rapidmass.name"])
        headers[space] = path.parent / "network.h"
        rows.append(x)
    program = compile_networks(headers, tmp_path_factory.mktemp("program") / "score")
    scores, found = score_rows(program, rows), {}
    for name, (path, x) in exported.items():
        model = Model(path, threads=1)
        outputs = [output for output in model.outputs if output.startswith("score_")]
        mine, scores = np.split(scores, [len(x) * len(outputs)])
        expected = model.run_rows(x, outputs)
        for k, output in enumerate(outputs):
            found[name, output] = mine.reshape(len(x), -1)[:, k], expected[output]
    assert scores.size == 0
    return found


@pytest.mark.parametrize("name", [*CASES, "convolutional", "trees"])
def test_scores_are_those_of_the_onnx_file(compared, name):
    own = {output: pair for (network, output), pair in compared.items() if network == name}
    assert own
    for found, expected in own.values():
        np.testing.assert_allclose(found, expected, rtol=1e-5, atol=1e-5)
        assert np.ptp(expected) > 1e-3


OBJECTS = """\
#include <cstdio>
#include <iostream>
#include "thesis/network.h"
#include "reference/network.h"
#define READ(space) { \\
  space::Objects objects; double met, met_phi; std::size_t n; std::cin >> met >> met_phi; \\
  for (auto& list : objects) { std::cin >> n; list.resize(n); \\
    for (auto& o : list) std::cin >> o.pt >> o.eta >> o.phi >> o.mass; } \\
  for (float cell : space::build_matrix(objects, met, met_phi)) std::printf("%.9g ", cell); }
int main() {
  int n;
  std::cin >> n;
  for (int k = 0; k < n; ++k) READ(rapidmass_2lep_thesis)
  std::cin >> n;
  for (int k = 0; k < n; ++k) READ(rapidmass_2lep_reference)
}
"""


def test_matrices_are_those_of_the_library(tmp_path):
    rng = np.random.default_rng(4)
    types = dict(LAYOUT.types)
    events = [
        {
            name: np.column_stack(
                (
                    20 + rng.exponential(40, n),
                    rng.normal(0, 2.5, n),
                    rng.uniform(-3, 3, n),
                    rng.uniform(0, 5, n),
                )
            )
            for name, slots in types.items()
            for n in [rng.integers(0, slots + 3)]  # more than there are slots for, too
        }
        for _ in range(40)
    ]
    met = np.where(rng.random(40) < 0.1, 0.0, rng.exponential(50, 40))
    phi = rng.uniform(-3, 3, 40)
    text, expected = "", []
    objects = make_objects(events, types)
    for convention in ("thesis", "reference"):
        layout = Layout(types=types, convention=convention)
        sparse = build_sparse(layout, objects, met, phi)
        expected.append(sparse.fill(padding=np.nan).ravel())
        shown = RapidityMassMatrix(layout)
        n = layout.n_cells
        scaler = Scaler(shown, None, "max", False, np.ones(n, "f4"), np.zeros(n, "f4"), None)
        path = export(tmp_path, convention, make_autoencoder(), scaler)
        write_header(path, path.parent)
        text += f"{len(events)}\n"
        for k, event in enumerate(events):
            text += f"{float(met[k])!r} {float(phi[k])!r} "
            for rows in event.values():
                text += " ".join([str(len(rows)), *(repr(float(v)) for v in rows.ravel())]) + " "
    (tmp_path / "build.cpp").write_text(OBJECTS)
    program = compile_cpp(tmp_path / "build.cpp", tmp_path / "build", tmp_path)
    done = subprocess.run([program], input=text, capture_output=True, text=True, check=True)
    found = np.array(done.stdout.split(), dtype=np.float32)
    np.testing.assert_allclose(found, np.concatenate(expected), rtol=2e-6, atol=1e-6)


def make_objects(events, types):
    """Make jagged records of lists of four-vectors."""
    import awkward as ak

    return {
        name: ak.unflatten(
            ak.zip(
                dict(
                    zip(
                        ("pt", "eta", "phi", "mass"),
                        np.concatenate([event[name] for event in events]).T,
                        strict=True,
                    )
                )
            ),
            [len(event[name]) for event in events],
        )
        for name in types
    }


def test_the_example_says_what_the_cuts_say(exported, tmp_path):
    path, _ = exported["vae"]
    write_header(path, tmp_path, main="score_radius", cuts=[(0.5, -1e9), (0.9, 1e9)])
    program = compile_cpp(tmp_path / "example.cpp", tmp_path / "example")
    told = subprocess.run([program], capture_output=True, text=True, check=True).stdout
    assert "score_radius" in told
    assert "0.5 of the background are below -1e+09: the event passes" in told
    assert "0.9 of the background are below 1e+09: the event does not pass" in told


def test_what_cannot_be_written_is_told(exported, tmp_path):
    path, _ = exported["autoencoder"]
    with pytest.raises(ValueError, match="no output score_radius; it has score_error"):
        write_header(path, tmp_path, main="score_radius")
    model = onnx.load(path)
    for node in model.graph.node:
        if node.op_type == "Tanh":
            node.op_type = "Softsign"
    onnx.save(model, tmp_path / "other.onnx")
    with pytest.raises(ValueError, match=r"other.onnx: the operation Softsign is not known"):
        write_header(tmp_path / "other.onnx", tmp_path)
    assert not list(tmp_path.glob("*.h"))
    assert json.loads(translate_network(path).metadata["rapidmass.features"])
