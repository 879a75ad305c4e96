"""Classifiers, which tell events of signals from the background."""

from torch.nn import functional

from rapidmass.config.models.classifier import AnyClassifier, Classifier
from rapidmass.models.networks.base import Inputs, Losses
from rapidmass.models.networks.logit import LogitNetwork

SETTINGS = Classifier


class ClassifierNetwork(LogitNetwork):
    """Layers from scaled elements, and which of them are present, to one number.

    Parameters
    ----------
    settings
        Hidden layers.
    n_inputs
        Number of elements that the network sees.
    units
        As for `LogitNetwork`.
    """

    def __init__(self, settings: AnyClassifier, n_inputs: int, units: int | None = None) -> None:
        super().__init__(settings.layers, n_inputs, units=units)

    def compute_losses(self, inputs: Inputs) -> Losses:
        """Compute the binary cross-entropy of events.

        Where both classes have the same sum of weights, the logit tends to the logarithm of the
        ratio of their densities.
        """
        if inputs.mask is None or inputs.label is None:
            raise ValueError("this family needs to know what events are, and which elements exist")
        logit = self.compute_logit(self.hide(inputs.x, inputs.mask))
        # -log p for signal and -log(1 - p) for background, p = sigmoid(logit)
        loss = functional.softplus(logit) - inputs.label * logit
        return Losses(total=loss, reconstruction=None, divergence=None)


NETWORK = ClassifierNetwork
