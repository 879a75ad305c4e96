"""Convolutions over images, which tell signals from the background."""

from collections.abc import Sequence
from itertools import pairwise
from typing import Self

from torch import Tensor, nn

from rapidmass.config.models.convolutional import ConvolutionalClassifier
from rapidmass.config.models.network import NeuralNetwork
from rapidmass.models.networks.classifier import ClassifierNetwork

SETTINGS = ConvolutionalClassifier


def make_convolutions(
    widths: Sequence[int], shape: tuple[int, ...]
) -> tuple[nn.Sequential, tuple[int, int]]:
    """Make convolutions of 3 x 3 pixels, each with a ramp, that halve an image along both sides.

    Parameters
    ----------
    widths
        Channels behind each.
    shape
        (channels, rows, columns) of an image.

    Returns
    -------
    nn.Sequential
        The convolutions.
    tuple of int
        Rows and columns that are left.

    Raises
    ------
    ValueError
        If nothing of the image is left.
    """
    channels, rows, columns = shape
    halvings = 2 ** len(widths)
    if min(rows, columns) < halvings:
        raise ValueError(
            f"{len(widths)} convolutions, of which each halves the image, leave nothing of "
            f"{rows} x {columns} pixels: take fewer convolutions"
        )
    modules: list[nn.Module] = []
    for before, after in pairwise((channels, *widths)):
        modules += [nn.Conv2d(before, after, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2)]
    return nn.Sequential(*modules), (rows // halvings, columns // halvings)


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
        convolutions, left = make_convolutions(settings.convolutions, shape)
        super().__init__(
            settings,
            channels * rows * columns,
            units=left[0] * left[1] * settings.convolutions[-1],
        )
        self._shape = shape
        self.convolutions = convolutions

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
