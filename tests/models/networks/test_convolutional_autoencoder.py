"""Convolutional autoencoders: sizes, what they learn, and what is exported."""

import numpy as np
import pyarrow as pa
import pytest
import torch

from rapidmass.columnar.four_vectors import FourVectors, count_offsets
from rapidmass.config.models.convolutional_autoencoder import ConvolutionalAutoencoder
from rapidmass.config.models.training import ScalingSettings, TrainingSettings
from rapidmass.models.export.decoder import Decoder
from rapidmass.models.export.onnx_check import check_parity
from rapidmass.models.export.onnx_export import export_onnx
from rapidmass.models.export.onnx_model import Model
from rapidmass.models.inputs.scaler_fit import fit_scaler
from rapidmass.models.networks.base import Inputs
from rapidmass.models.networks.registry import build_network
from rapidmass.models.training.train import train
from rapidmass.representations.registry import make_representation
from rapidmass.representations.tables import make_table
from rapidmass.storage.event_keys import make_event_keys
from rapidmass.storage.parquet import read_shard
from rapidmass.storage.tables import sort_by_key
from synthetic_megasets import write_events


def make(**changes):
    return ConvolutionalAutoencoder(**{"convolutions": [4, 6], "latent": 5, **changes})


def build(shape, **changes):
    torch.manual_seed(1)
    return build_network(make(**changes), shape, int(np.prod(shape)))


def test_parameters_are_those_of_the_layers():
    # 2 x 2 pixels are left of 9 x 9; 6 x 4 numbers to 5 and back, 6 and 4 channels back to 2
    down = (9 * 2 * 4 + 4) + (9 * 4 * 6 + 6) + (24 * 5 + 5)
    up = (5 * 24 + 24) + (9 * 6 * 4 + 4) + (9 * 4 * 2 + 2)
    assert sum(weights.numel() for weights in build((2, 9, 9)).parameters()) == down + up


@pytest.mark.parametrize("shape", [(1, 8, 8), (2, 9, 9), (1, 25, 25), (1, 7, 5)])
def test_images_come_back_in_their_size(shape):
    network, x = build(shape), torch.rand(3, int(np.prod(shape)))
    found = network.describe_events(x, torch.ones_like(x))
    assert found["reconstruction"].shape == x.shape
    assert found["latent"].shape == (3, 5)
    expected = (found["reconstruction"] - x).square()
    torch.testing.assert_close(found["cell_errors"], expected)
    loss = network.compute_losses(Inputs(x)).total
    torch.testing.assert_close(loss, expected.mean(dim=1))


def test_what_cannot_be_is_refused():
    with pytest.raises(ValueError, match="take fewer convolutions"):
        build((1, 8, 8), convolutions=[2, 2, 2, 2])
    with pytest.raises(ValueError, match="needs all pixels"):
        make(exclude_features=["all_0_0"])
    with pytest.raises(ValueError, match="needs activation: sigmoid"):
        make(loss="bce")


class Jets:
    def __init__(self, members):
        self.objects = {"all": members}

    def __len__(self):
        return len(self.objects["all"])


@pytest.fixture(scope="module")
def megaset(tmp_path_factory):
    """Blobs of light wherever they are: two numbers tell an image."""
    rng, n = np.random.default_rng(1), 1500
    image = make_representation({
        "kind": "image", "channels": [["all", ["all"]]], "pixels": 9, "width": 0.9,
        "centre": "origin", "rotate": False, "flip": False,
    })  # fmt: skip
    place = rng.uniform(-0.3, 0.3, (2, n, 1)) + rng.uniform(-0.15, 0.15, (2, n, 20))
    members = FourVectors(
        count_offsets(np.full(n, 20)),
        np.ones(20 * n),
        *(p.ravel() for p in place),
        np.zeros(20 * n),
    )
    columns = {
        "key": make_event_keys(1, "s", np.ones(n, np.int64), np.arange(n, dtype=np.uint64)),
        "sample": pa.array(["s"] * n, pa.string()),
        "channel": pa.array(["c"] * n, pa.string()),
        "weight": np.ones(n),
    }
    table = make_table(image, image.encode(Jets(members), {}), columns, "lep")
    return write_events(tmp_path_factory.mktemp("images") / "m.parquet", sort_by_key(table))


def test_it_learns_and_is_exported(megaset, tmp_path):
    settings = make(
        convolutions=[8, 16], latent=6, epochs=12, batch_size=128,
        optimiser={"learning_rate": 0.005},
    )  # fmt: skip
    trained = train(
        [megaset],
        fit_scaler([megaset], ScalingSettings(kind="max"), validation_fraction=0.2),
        settings,
        settings=TrainingSettings(),
        seed=1,
        validation_fraction=0.2,
        checkpoint=tmp_path / "c.pt",
        name="net",
        selection="lep",
        code="",
    )
    losses = [record["validation_loss"] for record in trained.history]
    assert losses[-1] < 0.6 * losses[0]
    path = tmp_path / "model.onnx"
    export_onnx(trained, path, provenance={})
    assert check_parity(trained, path, [megaset])["events"] == 1500
    found = Model(path, 1).run(read_shard(megaset), ["latent", "reconstruction"])
    again = Decoder(path, 1).decode(found["latent"])
    np.testing.assert_allclose(again, found["reconstruction"], rtol=1e-4, atol=1e-5)
