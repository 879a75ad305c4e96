"""Transformers that are shown some objects of an event, and tell what the others are.

Hidden objects are replaced by one learnt vector, as J. Devlin et al., arXiv:1810.04805, hide words;
the layers are torch's own. What is learnt of each object given others is a normal distribution of
each feature. Their sum over objects is the logarithm of the event's pseudo-likelihood (J. Besag,
Statistician 24 (1975) 179).
"""

import math
from typing import Self

import torch
from torch import Tensor, nn
from torch.nn import functional

from rapidmass.config.models.masked_objects import MaskedObjects
from rapidmass.config.models.network import NeuralNetwork
from rapidmass.models.networks.base import Inputs, Losses, Network
from rapidmass.models.networks.members import show_members

SETTINGS = MaskedObjects
SMALLEST_WIDTH = 0.1
"""Of a distribution, in scaled units: what is always the same would have an infinite density."""


class MaskedObjectsNetwork(Network):
    """A transformer over slots, which absent objects have too.

    Parameters
    ----------
    settings
        Sizes, and what is hidden.
    shape
        (slots, features) of an event.
    """

    scores = ("mean_nll", "nll")

    def __init__(self, settings: MaskedObjects, shape: tuple[int, ...]) -> None:
        super().__init__()
        slots, features = self._shape = shape
        width = settings.width
        self._share = settings.hidden_share
        # which features an object has is an input, too
        self.inward = nn.Linear(2 * features, width)
        self.places = nn.Parameter(torch.randn(slots, width))
        self.unknown = nn.Parameter(torch.randn(width))
        layer = nn.TransformerEncoderLayer(
            width, settings.heads, settings.units, dropout=0.0, activation="gelu",
            batch_first=True, norm_first=True,
        )  # fmt: skip
        # without dropout, whose noise a training that is taken up again could not repeat
        self.encoder = nn.TransformerEncoder(
            layer, settings.layers, norm=nn.LayerNorm(width), enable_nested_tensor=False
        )
        for weight in self.encoder.parameters():
            if weight.ndim > 1:  # torch's layers are copies of one
                nn.init.xavier_uniform_(weight)
        self.outward = nn.Linear(width, 2 * features + 1)
        maskings = min(settings.maskings, slots)
        chosen = torch.arange(slots) % maskings == torch.arange(maskings)[:, None]
        self.hidden: Tensor
        self.register_buffer("hidden", chosen.float(), persistent=False)

    @classmethod
    def build(cls, settings: NeuralNetwork, shape: tuple[int, ...], n_inputs: int) -> Self:
        """Build a network; see `rapidmass.models.networks.base.Network.build`."""
        del n_inputs  # all features of all slots
        return cls(settings, shape)  # type: ignore[arg-type]  # each family's own settings

    def compute_losses(self, inputs: Inputs) -> Losses:
        """Compute minus the logarithm of the likelihood of hidden slots, the mean over these."""
        if inputs.mask is None:
            raise ValueError("this family must be told which objects an event has")
        members, present = show_members(inputs.x, inputs.mask, self._shape)
        noise = self.draw_noise(present)
        hidden = torch.special.ndtr(noise) < self._share
        hidden = (hidden | (noise == noise.amin(dim=1, keepdim=True))).float()
        found = self._look(members, hidden)
        terms = self._find_terms(found, members).sum(dim=2) + _find_presence(found, present)
        loss = (terms * hidden).sum(dim=1) / hidden.sum(dim=1)
        return Losses(total=loss, reconstruction=None, divergence=None)

    def describe_events(self, x: Tensor, mask: Tensor) -> dict[str, Tensor]:
        """Compute the scores: each slot is hidden once."""
        members, present = show_members(x, mask, self._shape)
        slots, maskings = self._shape[0], len(self.hidden)
        seen = members.unsqueeze(1).expand(-1, maskings, -1, -1).flatten(0, 1)
        hidden = self.hidden.expand(x.shape[0], -1, -1).flatten(0, 1)
        found = self._look(seen, hidden) * hidden.unsqueeze(2)
        found = found.reshape(-1, maskings, slots, found.shape[2]).sum(dim=1)
        terms = self._find_terms(found, members).sum(dim=(1, 2))
        return {
            "score_mean_nll": terms / mask.sum(dim=1).clamp(min=1),
            "score_nll": terms + _find_presence(found, present).sum(dim=1),
        }

    def _look(self, members: Tensor, hidden: Tensor) -> Tensor:
        """Look at the slots that are not hidden; shape (events, slots, 2 x features + 1).

        Of each slot means, what widths are made of, and the logarithm of the odds to be filled.
        """
        hidden = hidden.unsqueeze(2)
        seen = self.inward(members) * (1 - hidden) + self.unknown * hidden + self.places
        found: Tensor = self.outward(self.encoder(seen)).float()
        return found

    def _find_terms(self, found: Tensor, members: Tensor) -> Tensor:
        """Find minus the logarithm of the density of each feature, 0 where it is absent."""
        features = self._shape[1]
        x, there = members[:, :, :features], members[:, :, features:]
        width = SMALLEST_WIDTH + functional.softplus(found[:, :, features:-1])
        pull = (x - found[:, :, :features]) / width
        terms: Tensor = 0.5 * (pull.square() + math.log(2 * math.pi)) + width.log()
        return terms * there


def _find_presence(found: Tensor, present: Tensor) -> Tensor:
    """Find minus the logarithm of the probability that slots are filled as they are."""
    odds = found[:, :, -1]
    return functional.softplus(odds) - present * odds


NETWORK = MaskedObjectsNetwork
