"""Autoencoders: a chain of layers through a narrow place."""

from torch import Tensor

from rapidmass.config.models.autoencoder import Autoencoder
from rapidmass.models.networks.base import (
    Inputs,
    Losses,
    Network,
    compute_cell_losses,
    find_narrowest,
    make_layers,
    score_errors,
)

SETTINGS = Autoencoder


class AutoencoderNetwork(Network):
    """A chain of fully connected layers that gives back its inputs.

    Parameters
    ----------
    settings
        Layers and loss.
    n_inputs
        Number of elements that the network sees.
    """

    scores = ("error", "mean_error")

    def __init__(self, settings: Autoencoder, n_inputs: int) -> None:
        super().__init__()
        self.loss = settings.loss
        self.layers = make_layers(settings.layers, n_inputs, n_inputs)
        # an affine map and an activation each: the latent space ends behind the narrowest of them
        self._n_encoding = 2 * (find_narrowest(settings.layers, n_inputs) + 1)

    def compute_losses(self, inputs: Inputs) -> Losses:
        """Compute the mean loss over the cells of each event."""
        errors = compute_cell_losses(self.layers(inputs.x), inputs.x, self.loss)
        # not mean(): its gradient would take a division for each cell
        loss = errors.sum(dim=1) / inputs.x.shape[1]
        return Losses(total=loss, reconstruction=loss, divergence=None)

    def describe_events(self, x: Tensor, mask: Tensor) -> dict[str, Tensor]:
        """Reconstruct events; errors are squared differences, absent cells count."""
        latent = self.layers[: self._n_encoding](x)
        output = self.layers[self._n_encoding :](latent)
        errors = (output - x).square()
        return {
            **score_errors(errors, mask),
            "reconstruction": output,
            "cell_errors": errors,
            "latent": latent,
        }


NETWORK = AutoencoderNetwork
