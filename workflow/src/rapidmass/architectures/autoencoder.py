"""Autoencoders: a chain of layers through a narrow place."""

from torch import Tensor

from rapidmass.architectures.network import Losses, Network, compute_cell_losses, make_layers
from rapidmass.config.autoencoder import Autoencoder

SETTINGS = Autoencoder


class AutoencoderNetwork(Network):
    """A chain of fully connected layers that gives back its inputs.

    Parameters
    ----------
    settings
        Layers and loss.
    n_inputs
        Number of cells that the network sees.
    """

    def __init__(self, settings: Autoencoder, n_inputs: int) -> None:
        super().__init__(settings.loss)
        self.layers = make_layers(settings.layers, n_inputs, n_inputs)

    def compute_losses(self, x: Tensor) -> Losses:
        """Compute the mean loss over the cells of each event."""
        loss = compute_cell_losses(self.reconstruct(x), x, self.loss).mean(dim=1)
        return Losses(total=loss, reconstruction=loss, divergence=None)

    def reconstruct(self, x: Tensor) -> Tensor:
        """Send the inputs through all layers."""
        output: Tensor = self.layers(x)
        return output


def build(settings: Autoencoder, n_inputs: int) -> AutoencoderNetwork:
    """Build an autoencoder.

    Parameters
    ----------
    settings
        Layers and loss.
    n_inputs
        Number of cells that the network sees.

    Returns
    -------
    AutoencoderNetwork
        Not yet trained.
    """
    return AutoencoderNetwork(settings, n_inputs)
