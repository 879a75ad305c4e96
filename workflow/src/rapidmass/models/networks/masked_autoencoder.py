"""Autoencoders that answer only for the cells which an event has."""

from torch import Tensor

from rapidmass.config.models.masked_autoencoder import MaskedAutoencoder
from rapidmass.models.networks.autoencoder import AutoencoderNetwork
from rapidmass.models.networks.base import Inputs, Losses, compute_cell_losses

SETTINGS = MaskedAutoencoder


class MaskedAutoencoderNetwork(AutoencoderNetwork):
    """A chain of fully connected layers that gives back the cells which an event has."""

    def measure_errors(self, output: Tensor, x: Tensor, mask: Tensor) -> Tensor:
        """Compute the loss of each cell; that of an absent one is 0."""
        return compute_cell_losses(output, x, self.loss) * mask

    def compute_losses(self, inputs: Inputs) -> Losses:
        """Compute the mean loss over the cells that each event has."""
        if inputs.mask is None:
            raise ValueError("this family must be told which cells an event has")
        output = self.decode(self.encode(inputs.x))
        errors = self.measure_errors(output, inputs.x, inputs.mask)
        loss = errors.sum(dim=1) / inputs.mask.sum(dim=1).clamp(min=1)
        return Losses(total=loss, reconstruction=loss, divergence=None)


NETWORK = MaskedAutoencoderNetwork
