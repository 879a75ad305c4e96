"""Autoencoders that answer only for the cells which an event has."""

from torch import Tensor

from rapidmass.config.models.masked_autoencoder import MaskedAutoencoder
from rapidmass.models.networks.base import (
    Inputs,
    Losses,
    Network,
    compute_cell_losses,
    find_narrowest,
    make_layers,
    score_errors,
)

SETTINGS = MaskedAutoencoder


class PresentNetwork(Network):
    """A chain of fully connected layers that gives back the cells which an event has.

    Parameters
    ----------
    settings
        Layers and loss.
    n_inputs
        Number of elements that the network sees.
    """

    scores = ("error", "mean_error")

    def __init__(self, settings: MaskedAutoencoder, n_inputs: int) -> None:
        super().__init__()
        self.loss = settings.loss
        self.layers = make_layers(settings.layers, n_inputs, n_inputs)
        self._n_encoding = 2 * (find_narrowest(settings.layers, n_inputs) + 1)

    def compute_losses(self, inputs: Inputs) -> Losses:
        """Compute the mean loss over the cells that each event has."""
        if inputs.mask is None:
            raise ValueError("this family must be told which cells an event has")
        errors = self._compare(self.layers(inputs.x), inputs.x, inputs.mask)
        loss = errors.sum(dim=1) / inputs.mask.sum(dim=1).clamp(min=1)
        return Losses(total=loss, reconstruction=loss, divergence=None)

    def describe_events(self, x: Tensor, mask: Tensor) -> dict[str, Tensor]:
        """Reconstruct events; the error of an absent cell is 0."""
        latent = self.layers[: self._n_encoding](x)
        output = self.layers[self._n_encoding :](latent)
        errors = self._compare(output, x, mask)
        return {
            **score_errors(errors, mask),
            "reconstruction": output,
            "cell_errors": errors,
            "latent": latent,
        }

    def _compare(self, output: Tensor, x: Tensor, mask: Tensor) -> Tensor:
        return compute_cell_losses(output, x, self.loss) * mask


NETWORK = PresentNetwork
