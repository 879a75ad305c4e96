"""Autoencoders of images by convolutions."""

from itertools import pairwise
from typing import Self

from torch import Tensor, nn

from rapidmass.config.models.convolutional_autoencoder import ConvolutionalAutoencoder
from rapidmass.config.models.network import NeuralNetwork
from rapidmass.models.networks.base import (
    Inputs,
    Losses,
    Network,
    compute_cell_losses,
    make_activation,
    make_affine,
    score_errors,
)
from rapidmass.models.networks.convolutional import make_convolutions

SETTINGS = ConvolutionalAutoencoder


class ConvolutionalAutoencoderNetwork(Network):
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

    scores = ("error", "mean_error")

    def __init__(self, settings: ConvolutionalAutoencoder, shape: tuple[int, ...]) -> None:
        super().__init__()
        channels, rows, columns = shape
        self.loss, self._shape = settings.loss, shape
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

    def _encode(self, x: Tensor) -> Tensor:
        hidden: Tensor = self.narrow(self.encoder(x.reshape(-1, *self._shape)).flatten(1))
        return hidden

    def _decode(self, latent: Tensor) -> Tensor:
        image: Tensor = self.decoder(self.wide(latent).relu().reshape(-1, *self._left))
        return image.flatten(start_dim=1).float()

    def compute_losses(self, inputs: Inputs) -> Losses:
        """Compute the mean loss over the pixels of each image."""
        errors = compute_cell_losses(self._decode(self._encode(inputs.x)), inputs.x, self.loss)
        loss = errors.sum(dim=1) / inputs.x.shape[1]
        return Losses(total=loss, reconstruction=loss, divergence=None)

    def describe_events(self, x: Tensor, mask: Tensor) -> dict[str, Tensor]:
        """Reconstruct images; errors are squared differences."""
        latent = self._encode(x)
        output = self._decode(latent)
        errors = (output - x).square()
        return {
            **score_errors(errors, mask),
            "reconstruction": output,
            "cell_errors": errors,
            "latent": latent,
        }


NETWORK = ConvolutionalAutoencoderNetwork
