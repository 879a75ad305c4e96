import pytest
import torch
from torch.distributions import Normal, kl_divergence

from example_networks import make_chain, make_vae, reconstruct
from rapidmass.models.networks.base import Inputs
from rapidmass.models.networks.registry import build_network
from rapidmass.models.networks.vae import compute_divergence

CELLS = 9


def build(**changes):
    torch.manual_seed(1)
    return build_network(make_vae(**changes), (), CELLS)


def compute_loss(network, x, seed=1):
    network.seed_noise(seed)
    return network.compute_losses(Inputs(x)).total.detach()


def test_the_divergence_is_that_of_normal_distributions():
    mean, log_variance = torch.randn(50, 3).double(), torch.randn(50, 3).double()
    exact = kl_divergence(Normal(mean, (0.5 * log_variance).exp()), Normal(0.0, 1.0))
    torch.testing.assert_close(compute_divergence(mean, log_variance), exact.sum(dim=1))


@pytest.mark.parametrize("loss", ["mse", "bce"])
def test_the_weight_of_the_divergence_knows_no_batch_size(loss):
    """Dividing it by the batch would make it mean another thing in every batch."""
    x = torch.rand(64, CELLS)
    with_kl, without = build(kl_weight=2.0, loss=loss), build(kl_weight=0.0, loss=loss)
    encoded = with_kl.encoder(x)
    divergence = compute_divergence(with_kl.mean(encoded), with_kl.log_variance(encoded))
    for size in (1, 8, 64):
        pieces = [compute_loss(with_kl, p) - compute_loss(without, p) for p in x.split(size)]
        torch.testing.assert_close(
            torch.cat(pieces), 2.0 * divergence.detach() / CELLS, rtol=1e-4, atol=1e-6
        )


def test_the_loss_is_a_sum_over_cells_beside_the_divergence():
    """With a decoder that knows nothing, the reconstruction part is known exactly."""
    network = build(decoder=make_chain(("inputs", "sigmoid")), kl_weight=0.0)
    with torch.no_grad():
        network.decoder[0].weight.zero_()
    x = torch.rand(20, CELLS)
    half = torch.full((20,), 0.5)
    expected = torch.nn.functional.binary_cross_entropy(half[:, None].expand_as(x), x)
    torch.testing.assert_close(compute_loss(network, x).mean(), expected)


def test_the_parts_of_the_loss_add_up():
    network, x = build(kl_weight=0.3), torch.rand(20, CELLS)
    network.seed_noise(1)
    total, reconstruction, divergence = network.compute_losses(Inputs(x))
    encoded = network.encoder(x)
    expected = compute_divergence(network.mean(encoded), network.log_variance(encoded))
    torch.testing.assert_close(divergence, expected)
    torch.testing.assert_close(total, reconstruction + 0.3 * divergence / CELLS)
    assert (divergence > 0).all()


def test_noise_is_a_function_of_its_seed():
    network, x = build(), torch.rand(10, CELLS)
    assert torch.equal(compute_loss(network, x, 1), compute_loss(network, x, 1))
    assert not torch.equal(compute_loss(network, x, 1), compute_loss(network, x, 2))


def test_the_reconstruction_has_no_noise():
    network, x = build(), torch.rand(10, CELLS)
    network.seed_noise(1)
    assert torch.equal(reconstruct(network, x), reconstruct(network, x))
    torch.testing.assert_close(
        reconstruct(network, x), network.decoder(network.mean(network.encoder(x)))
    )


def test_an_encoder_may_have_no_layer():
    assert build(encoder=[]).mean.in_features == CELLS


def test_the_radius_is_the_length_of_the_latent_mean():
    network, x = build(), torch.rand(10, CELLS)
    described = network.describe_events(x, torch.ones_like(x))
    mean = network.mean(network.encoder(x))
    torch.testing.assert_close(described["latent"], mean)
    torch.testing.assert_close(described["score_radius"], torch.linalg.vector_norm(mean, dim=1))
