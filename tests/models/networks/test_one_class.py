import numpy as np
import pytest
import torch
from pydantic import ValidationError

from example_networks import make_chain, make_one_class
from labelled_events import FRACTION, SELECTION, fit, write_sample
from rapidmass.config.models.training import TrainingSettings
from rapidmass.models.networks.base import Inputs
from rapidmass.models.networks.registry import build_network
from rapidmass.models.training.train import train


def build(**changes):
    torch.manual_seed(1)
    return build_network(make_one_class(**changes), (), 5)


def test_the_score_is_the_mean_squared_distance_to_the_point():
    network, x = build(), torch.randn(7, 5)
    mask = (torch.arange(5) != 2).float().expand(7, -1)
    described = network.describe_events(x, mask)
    mapped = torch.stack([member(x * mask) for member in network.members])
    assert mapped.shape == (2, 7, 3)
    expected = (mapped - 1).square().mean(dim=(0, 2))
    torch.testing.assert_close(10 ** described["score_distance"], expected)
    torch.testing.assert_close(network.compute_losses(Inputs(x, mask)).total, expected)


def test_nothing_goes_to_nothing_and_members_differ():
    """Without biases the origin stays where it is, at a distance of 1 from the point."""
    network = build()
    assert all(parameter.ndim == 2 for parameter in network.parameters())
    described = network.describe_events(torch.zeros(2, 5), torch.zeros(2, 5))
    assert (described["score_distance"] == 0).all()
    first, second = (next(member.parameters()) for member in network.members)
    assert not torch.equal(first, second)


def test_the_gradient_is_that_of_plain_layers():
    """Affine maps without biases have their own derivatives, by finite differences."""
    network, x, mask = build(), torch.randn(4, 5), torch.ones(4, 5)
    weight = next(network.parameters())
    network.compute_losses(Inputs(x, mask)).total.sum().backward()
    step = 1e-2
    losses = []
    for sign in (1, -1):
        with torch.no_grad():
            weight[1, 2] += sign * step
            losses.append(network.compute_losses(Inputs(x, mask)).total.sum())
            weight[1, 2] -= sign * step
    numeric = (losses[0] - losses[1]) / (2 * step)
    torch.testing.assert_close(weight.grad[1, 2], numeric, rtol=1e-2, atol=1e-3)


@pytest.mark.parametrize("activation", ["tanh", "sigmoid"])
def test_activations_with_bounds_are_refused(activation):
    with pytest.raises(ValidationError, match=f"layers: {activation} has bounds"):
        make_one_class(layers=make_chain((4, activation)))


def test_it_must_be_told_which_cells_there_are():
    with pytest.raises(ValueError, match="which cells an event has"):
        build().compute_losses(Inputs(torch.zeros(2, 5)))


def train_on(folder, x, weight, architecture):
    """Train on one sample of events."""
    megasets = [write_sample(folder / "b.parquet", x, weight, "b")]
    return train(
        megasets,
        fit(megasets),
        architecture,
        settings=TrainingSettings(),
        seed=1,
        validation_fraction=FRACTION,
        checkpoint=folder / "c.pt",
        name="free",
        selection=SELECTION,
        code="c0de",
    )


def test_what_is_off_the_line_of_the_background_is_far(tmp_path):
    rng = np.random.default_rng(1)
    along = rng.normal(size=3000)
    x = np.stack([along, along + 0.1 * rng.normal(size=3000)], axis=1)
    settings = make_one_class(epochs=10, batch_size=64, members=3)
    network = train_on(tmp_path, x, 1.0, settings).network
    seen = torch.tensor([[1.5, 1.5], [-1.5, -1.5], [1.5, -1.5], [-1.5, 1.5]])
    on_first, on_second, off_first, off_second = network.describe_events(seen, torch.ones(4, 2))[
        "score_distance"
    ].tolist()
    assert min(off_first, off_second) > max(on_first, on_second)
