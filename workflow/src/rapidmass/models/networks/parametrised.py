"""Classifiers that are told a mass, and tell signals of that mass from the background.

P. Baldi, K. Cranmer, T. Faucett, P. Sadowski, D. Whiteson, arXiv:1601.07913. Background is told the
mass of a signal that is drawn at random, each as likely as any other, and signals have equal sums
of weights: so masses are distributed as they are among signals, and tell nothing by themselves.
The mass is an input, or scales and shifts each hidden layer (L. Anzalone, T. Diotalevi, D.
Bonacorsi, arXiv:2202.00424).
"""

import math

import torch
from torch import Tensor, nn
from torch.nn import functional

from rapidmass.config.models.parametrised import ParametrisedClassifier
from rapidmass.models.networks.base import Inputs, Losses, count_outputs, make_affine
from rapidmass.models.networks.logit import LogitNetwork

SETTINGS = ParametrisedClassifier


class ParametrisedNetwork(LogitNetwork):
    """Layers from scaled elements, which of them are present, and a mass, to one number.

    Parameters
    ----------
    settings
        Hidden layers and masses.
    n_inputs
        Number of elements that the network sees.
    """

    def __init__(self, settings: ParametrisedClassifier, n_inputs: int) -> None:
        affine = settings.conditioning == "affine"
        super().__init__(settings.layers, n_inputs, more=0 if affine else 1)
        # of each hidden layer: by how much its units are scaled, and shifted
        self.modulations = nn.ModuleList(
            make_affine(1, 2 * count_outputs([layer], 0, n_inputs))
            for layer in (settings.layers if affine else ())
        )
        self.scores = settings.score_names
        logarithms = torch.tensor(
            [math.log(settings.masses[name]) for name in settings.signals], dtype=torch.float32
        )
        mean, spread = logarithms.mean(), logarithms.std(correction=0)
        scored = torch.tensor([math.log(mass) for mass in settings.scored_masses])
        # of mean 0 and variance 1 over the signals, as other inputs are
        self.trained: Tensor
        self.scored: Tensor
        self.register_buffer("trained", (logarithms - mean) / spread)
        self.register_buffer("scored", (scored - mean) / spread)

    def draw_masses(self, label: Tensor) -> Tensor:
        """Find the mass of each event: of its signal, or for background of any of them.

        Parameters
        ----------
        label
            Shape (events,): k for the k-th signal, 0 for background.

        Returns
        -------
        Tensor, shape (events,)
            Logarithms of masses, of mean 0 and variance 1 over the signals.
        """
        number = len(self.trained)
        uniform = torch.special.ndtr(self.draw_noise(label))
        drawn = (uniform * number).long().clamp(max=number - 1)
        return self.trained[torch.where(label > 0, label.long() - 1, drawn)]

    def compute_losses(self, inputs: Inputs) -> Losses:
        """Compute the binary cross-entropy of events at the masses that they are told."""
        if inputs.mask is None or inputs.label is None:
            raise ValueError("this family needs to know what events are, and which elements exist")
        logit = self._compare(inputs.x, inputs.mask, self.draw_masses(inputs.label))
        # -log p for signal and -log(1 - p) for background, p = sigmoid(logit)
        loss = functional.softplus(logit) - (inputs.label > 0) * logit
        return Losses(total=loss, reconstruction=None, divergence=None)

    def describe_events(self, x: Tensor, mask: Tensor) -> dict[str, Tensor]:
        """Compute the logarithm of the odds of a signal at each of the masses."""
        return {
            f"score_{name}": self._compare(x, mask, self.scored[k].expand(x.shape[0]))
            for k, name in enumerate(self.scores)
        }

    def _compare(self, x: Tensor, mask: Tensor, mass: Tensor) -> Tensor:
        """Compute the logarithm of the odds at a mass an event."""
        told = mass.unsqueeze(1)
        hidden = self._modulate(x, mask, told) if self.modulations else self.hide(x, mask, told)
        return self.compute_logit(hidden)

    def _modulate(self, x: Tensor, mask: Tensor, mass: Tensor) -> Tensor:
        """Compute the last hidden layer, each one scaled and shifted as the mass asks for."""
        hidden = torch.cat((x * mask, mask), dim=1)
        layers = list(self.hidden)
        for k, modulation in enumerate(self.modulations):
            scale, shift = modulation(mass).chunk(2, dim=1)
            hidden = layers[2 * k](hidden, layers[2 * k + 1]) * (1 + scale) + shift
        return hidden


NETWORK = ParametrisedNetwork
