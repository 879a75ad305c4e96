"""Autoencoders: a chain of layers through a narrow place."""

from torch import Tensor

from rapidmass.config.models.autoencoder import Autoencoder
from rapidmass.config.models.masked_autoencoder import MaskedAutoencoder
from rapidmass.models.networks.base import find_narrowest, make_layers
from rapidmass.models.networks.reconstruction import ReconstructingNetwork

SETTINGS = Autoencoder


class AutoencoderNetwork(ReconstructingNetwork):
    """A chain of fully connected layers that gives back its inputs.

    Parameters
    ----------
    settings
        Layers and loss.
    n_inputs
        Number of elements that the network sees.
    """

    def __init__(self, settings: Autoencoder | MaskedAutoencoder, n_inputs: int) -> None:
        super().__init__(settings.loss)
        self.layers = make_layers(settings.layers, n_inputs, n_inputs)
        # an affine map and an activation each: the latent space ends behind the narrowest of them
        self._n_encoding = 2 * (find_narrowest(settings.layers, n_inputs) + 1)

    def encode(self, x: Tensor) -> Tensor:
        """Compute latent vectors, shape (events, latent)."""
        latent: Tensor = self.layers[: self._n_encoding](x)
        return latent

    def decode(self, latent: Tensor) -> Tensor:
        """Reconstruct elements, shape (events, elements)."""
        output: Tensor = self.layers[self._n_encoding :](latent)
        return output


NETWORK = AutoencoderNetwork
