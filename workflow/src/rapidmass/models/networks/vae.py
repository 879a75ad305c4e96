"""Variational autoencoders: each event becomes a normal distribution in latent space."""

import torch
from torch import Tensor

from rapidmass.config.models.vae import VariationalAutoencoder
from rapidmass.models.networks.base import (
    Inputs,
    Losses,
    compute_cell_losses,
    count_outputs,
    make_affine,
    make_layers,
)
from rapidmass.models.networks.reconstruction import ReconstructingNetwork

SETTINGS = VariationalAutoencoder


class VariationalNetwork(ReconstructingNetwork):
    """Layers to the mean and variance of a latent distribution, and layers back.

    Parameters
    ----------
    settings
        Layers, loss and weight of the Kullback-Leibler divergence.
    n_inputs
        Number of elements that the network sees.
    """

    scores = ("error", "mean_error", "radius")

    def __init__(self, settings: VariationalAutoencoder, n_inputs: int) -> None:
        super().__init__(settings.loss)
        self.kl_weight = settings.kl_weight
        self.encoder = make_layers(settings.encoder, n_inputs, n_inputs)
        n_encoded = count_outputs(settings.encoder, n_inputs, n_inputs)
        self.mean = make_affine(n_encoded, settings.latent)
        self.log_variance = make_affine(n_encoded, settings.latent)
        self.decoder = make_layers(settings.decoder, settings.latent, n_inputs)

    def compute_losses(self, inputs: Inputs) -> Losses:
        """Compute the negative evidence lower bound of each event, per cell.

        [sum over cells of the reconstruction loss + kl_weight * KL] / cells, with one draw from
        the latent distribution (D. Kingma, M. Welling, arXiv:1312.6114, equation 10). Both terms
        belong to the event, so their ratio knows nothing of the size of a batch.
        """
        x = inputs.x
        encoded = self.encoder(x)
        mean, log_variance = self.mean(encoded).float(), self.log_variance(encoded).float()
        latent = mean + torch.exp(0.5 * log_variance) * self.draw_noise(mean)
        reconstruction = compute_cell_losses(self.decoder(latent), x, self.loss).sum(dim=1)
        divergence = compute_divergence(mean, log_variance)
        total = reconstruction + self.kl_weight * divergence
        return Losses(total / x.shape[1], reconstruction / x.shape[1], divergence)

    def encode(self, x: Tensor) -> Tensor:
        """Compute latent means, shape (events, latent)."""
        mean: Tensor = self.mean(self.encoder(x))
        return mean

    def decode(self, latent: Tensor) -> Tensor:
        """Reconstruct elements, shape (events, elements)."""
        output: Tensor = self.decoder(latent)
        return output

    def describe_events(self, x: Tensor, mask: Tensor) -> dict[str, Tensor]:
        """Reconstruct events from their latent means, whose distance from 0 is the radius."""
        found = super().describe_events(x, mask)
        return {**found, "score_radius": found["latent"].square().sum(dim=1).sqrt()}


def compute_divergence(mean: Tensor, log_variance: Tensor) -> Tensor:
    """Compute the Kullback-Leibler divergence from the standard normal distribution, in nats.

    -1/2 sum(1 + log variance - mean^2 - variance): D. Kingma, M. Welling, arXiv:1312.6114,
    appendix B.

    Parameters
    ----------
    mean, log_variance
        Shape (events, latent).

    Returns
    -------
    Tensor, shape (events,)
        Not negative.
    """
    return -0.5 * (1 + log_variance - mean.square() - log_variance.exp()).sum(dim=1)


NETWORK = VariationalNetwork
