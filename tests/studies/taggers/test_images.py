"""What a tagger sees: means, filters and jets that can be told by hand."""

import numpy as np
import pytest
import torch

from rapidmass.config.models.convolutional import ConvolutionalClassifier
from rapidmass.config.models.training import ScalingSettings, TrainingSettings
from rapidmass.config.report.plots import PlotSettings
from rapidmass.models.export.model_card import Trained
from rapidmass.models.export.onnx_export import export_onnx
from rapidmass.models.inputs.scaler_fit import fit_scaler
from rapidmass.models.networks.registry import build_network
from rapidmass.provenance.atomic_files import write_json
from rapidmass.report.sections import read_section, write_section
from rapidmass.scores.read import ScoredEvents
from rapidmass.studies.taggers.draw import draw_section
from rapidmass.studies.taggers.images import measure_tagger_images
from synthetic_images import IMAGE, PIXELS, make_images
from synthetic_megasets import write_events

SHOWN = 3


def score(table, weights):
    """Score jets by their hardest pixel."""
    x = IMAGE.decode(table).fill()
    events = ScoredEvents(
        table["key"].to_numpy(),
        np.array(table["channel"].to_pylist()),
        x.max(axis=1).astype(np.float64),
        weights,
        {},
    )
    return events, x.reshape(-1, *IMAGE.shape)


@pytest.fixture(scope="module")
def network(tmp_path_factory):
    """A network with known filters."""
    folder = tmp_path_factory.mktemp("network")
    known = write_events(folder / "known.parquet", make_images(50, 6, 9))
    scaler = fit_scaler([known], ScalingSettings(kind="max", clip=False), validation_fraction=0.2)
    settings = ConvolutionalClassifier(
        family="convolutional", target={"signals": ["w"]}, convolutions=[2],
        layers=[{"units": 2, "activation": "relu"}],
    )  # fmt: skip
    built = build_network(settings, IMAGE.shape, PIXELS**2)
    filters = torch.arange(18.0).reshape(2, 1, 3, 3) - 9
    with torch.no_grad():
        built.convolutions[0].weight.copy_(filters)
    trained = Trained(
        "cnn", built.eval(), settings, TrainingSettings(), scaler, np.arange(PIXELS**2), 1, 0.2,
        "fat", "c0de", None, [], "cpu", [],
    )  # fmt: skip
    export_onnx(trained, folder / "cnn.onnx", provenance={})
    return folder / "cnn.onnx", filters.numpy()


@pytest.fixture(scope="module")
def jets(tmp_path_factory):
    folder = tmp_path_factory.mktemp("jets")
    tables = {"qcd": make_images(300, 8, 1), "w": make_images(200, 3, 2, channel="w")}
    files = {n: write_events(folder / f"{n}.parquet", t, pieces=3) for n, t in tables.items()}
    rng = np.random.default_rng(3)
    scored = {n: score(t, rng.uniform(0.5, 2, t.num_rows)) for n, t in tables.items()}
    return {n: (*scored[n], files[n]) for n in tables}


@pytest.fixture(scope="module")
def measured(network, jets):
    (background, _, known), (signal, _, strange) = jets["qcd"], jets["w"]
    # the order of scores is not that of the files
    order = np.argsort(background.score)
    names = ("key", "channel", "score", "weight")
    moved = ScoredEvents(*(getattr(background, name)[order] for name in names), {})
    signals = {"w": (signal, [strange])}
    return measure_tagger_images(network[0], (moved, [known]), signals, SHOWN)


def test_means_are_weighted_and_of_all_jets(measured, jets):
    for name, kind in (("qcd", "background"), ("w", "signal")):
        events, x, _ = jets[name]
        found = measured["classes"][name]
        assert (found["kind"], found["jets"]) == (kind, len(x))
        expected = np.average(x, axis=0, weights=events.weight)
        np.testing.assert_allclose(found["mean"], expected, rtol=1e-5)


def test_shown_are_the_jets_of_extreme_scores(measured, jets):
    for name in ("qcd", "w"):
        events, x, _ = jets[name]
        order = np.argsort(events.score)
        found = measured["classes"][name]
        for kind, rows in (("largest", order[::-1][:SHOWN]), ("smallest", order[:SHOWN])):
            assert [one["score"] for one in found[kind]] == events.score[rows].tolist()
            np.testing.assert_array_equal([one["image"] for one in found[kind]], x[rows])


def test_filters_are_those_of_the_network(measured, network):
    np.testing.assert_array_equal(measured["filters"], network[1])


def test_jets_without_images_are_an_error(network, jets):
    background, _, _ = jets["qcd"]
    with pytest.raises(ValueError, match=r"w\.parquet .* hold 0 of 300 jets that have scores"):
        measure_tagger_images(network[0], (background, [jets["w"][2]]), {}, SHOWN)


def test_the_section_shows_them(measured, tmp_path):
    write_json(tmp_path / "images.json", measured)
    empty = {"efficiency": 0.5, "variable": "pt", "edges": [0, 1], "reference": "cnn", "floor": 10}
    write_json(tmp_path / "taggers.json", {**empty, "pairs": []})
    frame = {"plots": PlotSettings().model_dump(mode="json"), "selection": "fat",
             "channels": ["qcd"], "signals": ["w"]}  # fmt: skip
    inputs = {"taggers": [tmp_path / "taggers.json"], "images": [tmp_path / "images.json"]}
    section = draw_section(tmp_path / "s", {"frame": frame, "seeing": ["cnn"]}, inputs)
    write_section(tmp_path / "s", section)
    (part,) = read_section(tmp_path / "s").sections
    names = [figure.path.stem for figure in part.figures]
    assert names == ["means_cnn_0", "filters_cnn", "extremes_cnn"]
    assert all(figure.path.is_file() for figure in part.figures)
