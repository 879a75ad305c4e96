"""Classifiers, which tell events of signals from the background."""

import torch
from torch import Tensor
from torch.nn import functional

from rapidmass.config.models.classifier import Classifier
from rapidmass.models.networks.base import (
    Inputs,
    Losses,
    Network,
    count_outputs,
    make_affine,
    make_layers,
)

SETTINGS = Classifier


class ClassifierNetwork(Network):
    """Layers from scaled elements, and which of them are present, to one number.

    Parameters
    ----------
    settings
        Hidden layers.
    n_inputs
        Number of elements that the network sees.
    """

    scores = ("logit",)

    def __init__(self, settings: Classifier, n_inputs: int) -> None:
        super().__init__()
        self.hidden = make_layers(settings.layers, 2 * n_inputs, n_inputs)
        self.last = make_affine(count_outputs(settings.layers, 2 * n_inputs, n_inputs), 1)

    def compute_losses(self, inputs: Inputs) -> Losses:
        """Compute the binary cross-entropy of events.

        Where both classes have the same sum of weights, the logit tends to the logarithm of the
        ratio of their densities.
        """
        if inputs.mask is None or inputs.label is None:
            raise ValueError("this family needs to know what events are, and which elements exist")
        logit = self._compute_logit(self._hide(inputs.x, inputs.mask))
        # -log p for signal and -log(1 - p) for background, p = sigmoid(logit)
        loss = functional.softplus(logit) - inputs.label * logit
        return Losses(total=loss, reconstruction=None, divergence=None)

    def describe_events(self, x: Tensor, mask: Tensor) -> dict[str, Tensor]:
        """Compute the logarithm of the odds of a signal; latent: the last layer."""
        latent = self._hide(x, mask)
        return {"score_logit": self._compute_logit(latent), "latent": latent}

    def _hide(self, x: Tensor, mask: Tensor) -> Tensor:
        hidden: Tensor = self.hidden(torch.cat((x * mask, mask), dim=1))
        return hidden

    def _compute_logit(self, hidden: Tensor) -> Tensor:
        logit: Tensor = self.last(hidden).float().squeeze(1)
        return logit


def build(
    settings: Classifier,
    shape: tuple[int, ...],  # noqa: ARG001
    n_inputs: int,
) -> ClassifierNetwork:
    """Build a classifier.

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
    ClassifierNetwork
        Not yet trained.
    """
    return ClassifierNetwork(settings, n_inputs)
