"""Discriminators, which tell events from their augmented events."""

from torch.nn import functional

from rapidmass.config.models.discriminator import Discriminator
from rapidmass.models.networks.base import Inputs, Losses
from rapidmass.models.networks.logit import LogitNetwork

SETTINGS = Discriminator


class DiscriminatorNetwork(LogitNetwork):
    """Layers from scaled cells, and which of them are present, to one number.

    Parameters
    ----------
    settings
        Hidden layers.
    n_inputs
        Number of elements that the network sees.
    """

    zero_absent = False

    def __init__(self, settings: Discriminator, n_inputs: int) -> None:
        super().__init__(settings.layers, n_inputs)

    def compute_losses(self, inputs: Inputs) -> Losses:
        """Compute the binary cross-entropy of events and copies, half of it from each.

        With equally many of both, the logit tends to the logarithm of the ratio of their densities.
        """
        if inputs.mask is None or inputs.augmented is None:
            raise ValueError("this family needs augmented events, and which cells events have")
        event = self.compute_logit(self.hide(inputs.x, inputs.mask))
        copy = self.compute_logit(self.hide(inputs.augmented, inputs.mask))
        # softplus(z) = -log(1 - sigmoid(z)), softplus(-z) = -log(sigmoid(z))
        loss = 0.5 * (functional.softplus(event) + functional.softplus(-copy))
        return Losses(total=loss, reconstruction=None, divergence=None)


NETWORK = DiscriminatorNetwork
