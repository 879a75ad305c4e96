import numpy as np
import onnxruntime
import pytest
import torch
from scipy.stats import multivariate_normal

from labelled_events import FRACTION, SELECTION, fit, write_sample
from rapidmass.config.models.flow import Flow
from rapidmass.config.models.training import TrainingSettings
from rapidmass.models.export.cpp_network import translate_network
from rapidmass.models.export.onnx_export import export_onnx
from rapidmass.models.networks.base import Inputs
from rapidmass.models.networks.registry import build_network
from rapidmass.models.training.train import train

COVARIANCE = np.array([[1.0, 0.8], [0.8, 1.0]])
SMALL = {"hidden": [16], "epochs": 12, "batch_size": 128, "optimiser": {"learning_rate": 0.005}}


def build(n=3):
    torch.manual_seed(1)
    return build_network(Flow(hidden=[8]), (), n)


def test_terms_add_up_to_the_density_of_zuko():
    network, x, mask = build(), 3 * torch.randn(9, 3), torch.ones(9, 3)
    normal, logarithm = network.transform(mask).call_and_ladj(x)
    expected = -(torch.distributions.Normal(0, 1).log_prob(normal).sum(dim=1) + logarithm).float()
    described = network.describe_events(x, mask)
    torch.testing.assert_close(described["score_nll"], expected)
    torch.testing.assert_close(described["score_mean_nll"], expected / 3)
    losses = network.compute_losses(Inputs(x, mask))
    torch.testing.assert_close(losses.total, expected / 3)


def test_the_density_within_a_class_adds_up_to_one():
    """Of events that have the first and the last of three features."""
    network, steps = build(), torch.linspace(-8, 8, 321)
    grid = torch.cartesian_prod(steps, torch.tensor([7.0]), steps)
    mask = torch.tensor([1.0, 0.0, 1.0]).expand(len(grid), -1)
    with torch.no_grad():
        density = torch.exp(-network.describe_events(grid, mask)["score_nll"])
    assert float(density.sum()) * 0.05**2 == pytest.approx(1, abs=5e-3)


def test_what_an_event_lacks_changes_nothing():
    network, mask = build(), torch.tensor([[1.0, 0.0, 1.0]])
    scores = [
        network.describe_events(torch.tensor([[0.3, absent, -1.0]]), mask)["score_nll"]
        for absent in (0.0, 5.0)
    ]
    assert torch.equal(*scores)


def test_one_feature_is_too_few():
    with pytest.raises(ValueError, match="two features or more, not 1"):
        build(1)
    with pytest.raises(ValueError, match="which elements an event has"):
        build().compute_losses(Inputs(torch.zeros(2, 3)))


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    """A flow of correlated features.

    Half of the events have a third one, and those with a positive one are the heavier ones.
    """
    folder, rng = tmp_path_factory.mktemp("flow"), np.random.default_rng(3)
    x = np.full((8000, 3), np.nan)
    x[:, :2] = rng.multivariate_normal([0, 0], COVARIANCE, size=8000)
    x[::2, 2] = rng.normal(size=4000)
    megasets = [write_sample(folder / "b.parquet", x, np.where(x[:, 2] > 0, 3.0, 1.0), "b")]
    return train(
        megasets,
        fit(megasets),
        Flow(**SMALL),
        settings=TrainingSettings(),
        seed=1,
        validation_fraction=FRACTION,
        checkpoint=folder / "c.pt",
        name="flow",
        selection=SELECTION,
        code="c0de",
    )


def scale(trained, raw):
    return torch.from_numpy(raw.astype(np.float32) * trained.scaler.scale + trained.scaler.shift)


def test_it_learns_the_density_and_honours_weights(trained):
    rng = np.random.default_rng(4)
    raw = np.zeros((1000, 3))
    raw[:, :2] = rng.multivariate_normal([0, 0], COVARIANCE, size=1000)
    mask = torch.tensor([1.0, 1.0, 0.0]).expand(1000, -1)
    with torch.no_grad():
        found = trained.network.describe_events(scale(trained, raw), mask)["score_nll"].numpy()
    truth = -multivariate_normal(cov=COVARIANCE).logpdf(raw[:, :2])
    # densities are of scaled features
    truth += np.log(trained.scaler.scale[:2]).sum()
    assert np.mean(found - truth) == pytest.approx(0, abs=0.1)
    assert np.corrcoef(found, truth)[0, 1] > 0.9
    sides = np.zeros((2, 3))
    sides[:, 2] = 0.7, -0.7
    with torch.no_grad():
        terms = trained.network.find_terms(scale(trained, sides), torch.ones(2, 3)).numpy()
    assert terms[1, 2] - terms[0, 2] == pytest.approx(np.log(3), abs=0.4)


def test_it_is_exported_to_onnx_and_not_to_cpp(trained, tmp_path):
    path = tmp_path / "model.onnx"
    export_onnx(trained, path, provenance={})
    raw = np.random.default_rng(5).normal(scale=2, size=(200, 3)).astype(np.float32)
    raw[::3, 2] = np.nan
    session = onnxruntime.InferenceSession(path)
    outputs = [output.name for output in session.get_outputs()]
    mask = torch.from_numpy((~np.isnan(raw)).astype(np.float32))
    with torch.no_grad():
        x = scale(trained, np.nan_to_num(raw))
        expected = trained.network.describe_events(x, mask)
    for name, found in zip(outputs, session.run(outputs, {"x": raw}), strict=True):
        np.testing.assert_allclose(found, expected[name].numpy(), rtol=1e-5, atol=1e-5)
    with pytest.raises(ValueError, match="operation"):
        translate_network(path)
