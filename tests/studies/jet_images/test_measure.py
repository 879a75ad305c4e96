"""What a network makes of images, with networks whose answer is known."""

import numpy as np
import pytest
import torch

from rapidmass.config.models.autoencoder import Autoencoder
from rapidmass.config.models.training import ScalingSettings, TrainingSettings
from rapidmass.config.report.plots import PlotSettings
from rapidmass.models.export.decoder import Decoder
from rapidmass.models.export.onnx_export import export_onnx
from rapidmass.models.export.onnx_model import Model
from rapidmass.models.inputs.scaler_fit import fit_scaler
from rapidmass.models.training.train import train
from rapidmass.plotting.style import Frame
from rapidmass.provenance.atomic_files import write_json
from rapidmass.studies.jet_images.draw import draw_section
from rapidmass.studies.jet_images.measure import measure_images
from synthetic_images import PIXELS, make_images
from synthetic_megasets import write_events


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    folder = tmp_path_factory.mktemp("images")
    return folder, [
        write_events(folder / f"{name}.parquet", make_images(400, lit, seed))
        for seed, (name, lit) in enumerate([("background", 8), ("signal", 3)])
    ]


@pytest.fixture(scope="module")
def perfect(files):
    """A network that gives every image back: all its layers are the identity."""
    folder, (background, _) = files
    scaler = fit_scaler(
        [background], ScalingSettings(kind="max", clip=True), validation_fraction=0.2
    )
    settings = Autoencoder(
        family="autoencoder",
        layers=[{"units": "inputs", "activation": "linear"}] * 2,
        epochs=1,
    )
    trained = train(
        [background],
        scaler,
        settings,
        settings=TrainingSettings(),
        seed=1,
        validation_fraction=0.2,
        checkpoint=folder / "perfect.pt",
        name="perfect",
        selection="fat",
        code="c0de",
    )
    with torch.no_grad():
        for name, weights in trained.network.named_parameters():
            weights.copy_(torch.eye(PIXELS**2) if "weight" in name else torch.zeros(PIXELS**2))
    path = folder / "perfect.onnx"
    export_onnx(trained, path, provenance={})
    return path, scaler


def measure(perfect, files, **changes):
    path, scaler = perfect
    _, (background, signal) = files
    settings = {"jets": 300, "threads": 1, **changes}
    return measure_images(path, scaler, [background], ["qcd"], {"w": [signal]}, **settings)


def test_a_perfect_network_has_no_residuals(perfect, files):
    found = measure(perfect, files)
    assert set(found["groups"]) == {"qcd", "w"}
    assert found["dimensions"] == PIXELS**2
    for group in found["groups"].values():
        assert group["jets"] == 300
        assert group["dark"] == 0
        assert group["outside"] == pytest.approx(0.01)
        # what exceeds the training part is clipped: a jet at most
        assert group["pt"]["half_95"] < 1e-3
        assert group["pixel_error"] < 0.05
    rows = {row["name"]: row for row in found["compression"]}
    assert rows["lit pixels"]["bytes"] == 8 * 6 + 2
    assert rows["latent vector, float32"]["mass"]["half_95"] < 1e-3
    # 255 steps of 50 GeV
    assert 1e-4 < rows["latent vector, int8"]["mass"]["half_95"] < 0.02
    assert rows["latent vector, int8"]["bytes"] <= PIXELS**2


def test_simple_variables_tell_simple_images(perfect, files):
    found = measure(perfect, files)["anomalies"]["w"]
    assert found["lit pixels"]["auc"] == 0
    assert found["sum of squares"]["auc"] < 0.05
    assert found["lit pixels"]["rank_correlation"] is None


def test_a_part_of_the_network_decodes_as_the_whole(perfect):
    network, decoder = Model(perfect[0], 1), Decoder(perfect[0], 1)
    run = network.run(make_images(20, 8, 9), ["latent", "reconstruction"])
    np.testing.assert_allclose(decoder.decode(run["latent"]), run["reconstruction"], atol=1e-6)


def test_jets_are_chosen_by_identity(perfect, files):
    whole, part = measure(perfect, files), measure(perfect, files, jets=100)
    assert part["groups"]["qcd"]["examples"] == whole["groups"]["qcd"]["examples"]
    assert part["groups"]["qcd"]["jets"] == 100


def test_the_section_says_and_draws_it(perfect, files, tmp_path):
    write_json(tmp_path / "perfect.json", measure(perfect, files))
    frame = {"plots": PlotSettings().model_dump(mode="json"), "selection": "fat",
             "channels": ["qcd"], "signals": ["w"]}  # fmt: skip
    settings = {"frame": frame, "networks": ["perfect"]}
    section = draw_section(tmp_path / "f", settings, {"measured": [tmp_path / "perfect.json"]})
    residuals, anomalies, compression = section.tables
    assert [row[:3] for row in residuals.rows] == [
        ("perfect", group, what)
        for group in ("qcd", "w")
        for what in ("transverse momentum", "mass")
    ]
    assert {row[2] for row in anomalies.rows} >= {"error", "lit pixels", "mass"}
    assert ("lit pixels", "50.0", "0 %", "0 %") in [tuple(row) for row in compression.rows]
    for figure in (*section.figures, *section.sections[0].figures):
        assert figure.path.exists()
    assert Frame.parse(frame).selection == "fat"
