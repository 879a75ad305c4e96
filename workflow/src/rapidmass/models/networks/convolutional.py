"""Convolutions over images, which tell signals from the background."""

from itertools import pairwise
from typing import Self

from torch import Tensor, nn

from rapidmass.config.models.convolutional import ConvolutionalClassifier
from rapidmass.config.models.network import NeuralNetwork
from rapidmass.models.networks.classifier import ClassifierNetwork

SETTINGS = ConvolutionalClassifier


class ConvolutionalNetwork(ClassifierNetwork):
    """Convolutions, then layers to one number.

    Parameters
    ----------
    settings
        Convolutions and hidden layers.
    shape
        (channels, rows, columns) of an image.

    Raises
    ------
    ValueError
        If nothing of the image is left behind so many convolutions.
    """

    def __init__(self, settings: ConvolutionalClassifier, shape: tuple[int, ...]) -> None:
        channels, rows, columns = shape
        halvings = 2 ** len(settings.convolutions)
        if min(rows, columns) < halvings:
            raise ValueError(
                f"{len(settings.convolutions)} convolutions, of which each halves the image, leave "
                f"nothing of {rows} x {columns} pixels: take fewer convolutions"
            )
        left = (rows // halvings) * (columns // halvings)
        super().__init__(
            settings, channels * rows * columns, units=left * settings.convolutions[-1]
        )
        self._shape = shape
        modules: list[nn.Module] = []
        for before, after in pairwise((channels, *settings.convolutions)):
            modules += [nn.Conv2d(before, after, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2)]
        self.convolutions = nn.Sequential(*modules)

    @classmethod
    def build(cls, settings: NeuralNetwork, shape: tuple[int, ...], n_inputs: int) -> Self:
        """Build a network; see `rapidmass.models.networks.base.Network.build`."""
        del n_inputs  # all pixels
        return cls(settings, shape)  # type: ignore[arg-type]  # each family's own settings

    def hide(self, x: Tensor, mask: Tensor, *more: Tensor) -> Tensor:
        """Compute the last hidden layer, of shape (events, units); no pixel is absent."""
        del mask, more
        seen: Tensor = self.convolutions(x.reshape(-1, *self._shape))
        hidden: Tensor = self.hidden(seen.flatten(start_dim=1))
        return hidden


NETWORK = ConvolutionalNetwork
