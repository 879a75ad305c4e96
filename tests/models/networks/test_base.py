import math

import pytest
import torch
from torch import nn

from example_networks import make_autoencoder, make_vae, reconstruct
from rapidmass.config.models.network import Layer
from rapidmass.models.networks.base import (
    Inputs,
    compute_cell_losses,
    count_outputs,
    find_narrowest,
    make_layers,
    score_errors,
)
from rapidmass.models.networks.registry import build_network

VALUES = torch.tensor([[-2.0, 0.0, 3.0]])


@pytest.mark.parametrize(
    ("activation", "expected"),
    [
        ("tanh", [math.tanh(-2), 0, math.tanh(3)]),
        ("relu", [0, 0, 3]),
        ("leaky_relu", [-0.6, 0, 3]),
        ("elu", [math.exp(-2) - 1, 0, 3]),
        ("sigmoid", [1 / (1 + math.exp(2)), 0.5, 1 / (1 + math.exp(-3))]),
        ("linear", [-2, 0, 3]),
    ],
)
def test_activations(activation, expected):
    layers = make_layers([Layer(units="inputs", activation=activation)], 3, 3)
    with torch.no_grad():
        layers[0].weight.copy_(torch.eye(3))
        torch.testing.assert_close(layers(VALUES), torch.tensor([expected], dtype=torch.float32))


def test_layers_follow_each_other():
    chain = [Layer(units=5), Layer(units="inputs"), Layer(units=2)]
    shapes = [tuple(m.weight.shape) for m in make_layers(chain, 4, 7) if isinstance(m, nn.Linear)]
    assert shapes == [(5, 4), (7, 5), (2, 7)]
    assert count_outputs(chain, 4, 7) == 2
    assert count_outputs(chain[:2], 4, 7) == 7
    assert count_outputs([], 4, 7) == 4


def test_cell_losses():
    output, x = torch.tensor([[0.25, 0.5]]), torch.tensor([[1.0, 0.5]])
    torch.testing.assert_close(compute_cell_losses(output, x, "mse"), torch.tensor([[0.5625, 0.0]]))
    torch.testing.assert_close(compute_cell_losses(output, x, "l1"), torch.tensor([[0.75, 0.0]]))
    torch.testing.assert_close(
        compute_cell_losses(output, x, "bce"), torch.tensor([[math.log(4), math.log(2)]])
    )


def test_the_loss_of_an_autoencoder_is_the_mean_over_its_cells():
    network = build_network(make_autoencoder(), (), 9)
    x = torch.rand(4, 9)
    torch.testing.assert_close(
        network.compute_losses(Inputs(x)).total, (reconstruct(network, x) - x).square().mean(dim=1)
    )


def test_an_autoencoder_has_no_divergence():
    losses = build_network(make_autoencoder(), (), 9).compute_losses(Inputs(torch.rand(4, 9)))
    assert torch.equal(losses.total, losses.reconstruction)
    assert losses.divergence is None


def test_noise_must_be_seeded():
    with pytest.raises(RuntimeError, match="seed_noise"):
        build_network(make_vae(), (), 9).compute_losses(Inputs(torch.rand(4, 9)))


@pytest.mark.parametrize("drawn", [3, 100])
def test_noise_goes_on_from_where_it_stood(drawn):
    """Few numbers are drawn one by one, in pairs of which one is kept; many, all at once."""
    network, other = (build_network(make_vae(), (), 9) for _ in range(2))
    with pytest.raises(RuntimeError, match="call seed_noise"):
        network.get_noise_state()
    network.seed_noise(1)
    network.draw_noise(torch.empty(drawn))
    other.set_noise_state(network.get_noise_state())
    for like in (torch.empty(3), torch.empty(50)):
        assert torch.equal(network.draw_noise(like), other.draw_noise(like))


def test_errors_are_summed_over_all_cells_and_averaged_over_those_present():
    errors = torch.tensor([[0.04, 0.06, 9.9], [0.0, 0.0, 0.0]])
    present = torch.tensor([[1.0, 1.0, 0.0], [0.0, 0.0, 0.0]])
    scores = score_errors(errors, present)
    torch.testing.assert_close(scores["score_error"][0], torch.tensor(1.0))
    torch.testing.assert_close(scores["score_mean_error"][0], torch.tensor(math.log10(0.05)))
    for name in scores:
        assert -38 < scores[name][1] < -37  # finite, also without any error or cell


def test_the_latent_space_is_the_narrowest_layer():
    chain = [Layer(units="inputs"), Layer(units=5), Layer(units=3), Layer(units=3), Layer(units=5)]
    assert find_narrowest(chain, 9) == 2
    network = build_network(make_autoencoder(), (), 9)  # 8, 4, inputs
    x = torch.rand(6, 9)
    latent = network.describe_events(x, torch.ones_like(x))["latent"]
    assert latent.shape == (6, 4)
    torch.testing.assert_close(network.layers[4:](latent), reconstruct(network, x))
