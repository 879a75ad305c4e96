"""Discriminators, which tell events from their augmented events."""

import torch
from torch import Tensor
from torch.nn import functional

from rapidmass.config.models.discriminator import Discriminator
from rapidmass.models.networks.base import (
    Inputs,
    Losses,
    Network,
    count_outputs,
    make_affine,
    make_layers,
)

SETTINGS = Discriminator


class DiscriminatorNetwork(Network):
    """Layers from scaled cells, and which of them are present, to one number.

    Parameters
    ----------
    settings
        Hidden layers.
    n_inputs
        Number of elements that the network sees.
    """

    scores = ("logit",)

    def __init__(self, settings: Discriminator, n_inputs: int) -> None:
        super().__init__()
        self.hidden = make_layers(settings.layers, 2 * n_inputs, n_inputs)
        self.last = make_affine(count_outputs(settings.layers, 2 * n_inputs, n_inputs), 1)

    def compute_losses(self, inputs: Inputs) -> Losses:
        """Compute the binary cross-entropy of events and copies, half of it from each.

        With equally many of both, the logit tends to the logarithm of the ratio of their densities.
        """
        if inputs.mask is None or inputs.augmented is None:
            raise ValueError("this family needs augmented events, and which cells events have")
        event = self._compute_logit(self._hide(inputs.x, inputs.mask))
        copy = self._compute_logit(self._hide(inputs.augmented, inputs.mask))
        # softplus(z) = -log(1 - sigmoid(z)), softplus(-z) = -log(sigmoid(z))
        loss = 0.5 * (functional.softplus(event) + functional.softplus(-copy))
        return Losses(total=loss, reconstruction=None, divergence=None)

    def describe_events(self, x: Tensor, mask: Tensor) -> dict[str, Tensor]:
        """Compute the logarithm of the odds that an event is a copy; latent: the last layer."""
        latent = self._hide(x, mask)
        return {"score_logit": self._compute_logit(latent), "latent": latent}

    def _hide(self, x: Tensor, mask: Tensor) -> Tensor:
        hidden: Tensor = self.hidden(torch.cat((x, mask), dim=1))
        return hidden

    def _compute_logit(self, hidden: Tensor) -> Tensor:
        logit: Tensor = self.last(hidden).float().squeeze(1)
        return logit


def build(
    settings: Discriminator,
    shape: tuple[int, ...],  # noqa: ARG001
    n_inputs: int,
) -> DiscriminatorNetwork:
    """Build a discriminator.

    Parameters
    ----------
    settings
        Hidden layers.
    shape
        Of an event; not used, elements come in a row.
    n_inputs
        Number of elements that the network sees.

    Returns
    -------
    DiscriminatorNetwork
        Not yet trained.
    """
    return DiscriminatorNetwork(settings, n_inputs)
