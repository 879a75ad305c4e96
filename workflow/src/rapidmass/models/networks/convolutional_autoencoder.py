"""Autoencoders of images by convolutions."""

from itertools import pairwise
from typing import Self

from torch import Tensor, nn

from rapidmass.config.models.convolutional_autoencoder import ConvolutionalAutoencoder
from rapidmass.config.models.network import NeuralNetwork
from rapidmass.models.networks.base import make_activation, make_affine
from rapidmass.models.networks.convolutional import make_convolutions
from rapidmass.models.networks.reconstruction import ReconstructingNetwork

SETTINGS = ConvolutionalAutoencoder


class ConvolutionalAutoencoderNetwork(ReconstructingNetwork):
    """Convolutions to a row of numbers, and back to an image of the same size.

    Parameters
    ----------
    settings
        Convolutions, and how many numbers there are between.
    shape
        (channels, rows, columns) of an image.

    Raises
    ------
    ValueError
        If nothing of the image is left behind so many convolutions.
    """

    def __init__(self, settings: ConvolutionalAutoencoder, shape: tuple[int, ...]) -> None:
        super().__init__(settings.loss)
        channels, rows, columns = shape
        self._shape = shape
        self.encoder, left = make_convolutions(settings.convolutions, shape)
        self._left = settings.convolutions[-1], *left
        units = settings.convolutions[-1] * left[0] * left[1]
        self.narrow, self.wide = (
            make_affine(units, settings.latent),
            make_affine(settings.latent, units),
        )
        # on the way back images have the sizes that they had, odd ones too
        sizes = [(rows >> k, columns >> k) for k in range(len(settings.convolutions))][::-1]
        widths = (*settings.convolutions[::-1], channels)
        modules: list[nn.Module] = []
        for (before, after), size in zip(pairwise(widths), sizes, strict=True):
            modules += [nn.Upsample(size=size), nn.Conv2d(before, after, 3, padding=1), nn.ReLU()]
        modules[-1] = make_activation(settings.activation)
        self.decoder = nn.Sequential(*modules)

    @classmethod
    def build(cls, settings: NeuralNetwork, shape: tuple[int, ...], n_inputs: int) -> Self:
        """Build a network; see `rapidmass.models.networks.base.Network.build`."""
        del n_inputs  # all pixels
        return cls(settings, shape)  # type: ignore[arg-type]  # each family's own settings

    def encode(self, x: Tensor) -> Tensor:
        """Compute latent vectors, shape (images, latent)."""
        hidden: Tensor = self.narrow(self.encoder(x.reshape(-1, *self._shape)).flatten(1))
        return hidden

    def decode(self, latent: Tensor) -> Tensor:
        """Reconstruct pixels, shape (images, pixels)."""
        image: Tensor = self.decoder(self.wide(latent).relu().reshape(-1, *self._left))
        return image.flatten(start_dim=1).float()


NETWORK = ConvolutionalAutoencoderNetwork
