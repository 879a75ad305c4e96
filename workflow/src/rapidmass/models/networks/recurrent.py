"""Recurrent networks over sequences, which tell signals from the background.

The cells are those of S. Hochreiter, J. Schmidhuber, Neural Computation 9 (1997) 1735 (`lstm`), and
of K. Cho et al., arXiv:1406.1078 (`gru`), as torch has them.
"""

from typing import Self

import torch
from torch import Tensor, nn

from rapidmass.config.models.network import NeuralNetwork
from rapidmass.config.models.sequences import RecurrentClassifier
from rapidmass.models.networks.classifier import ClassifierNetwork
from rapidmass.models.networks.members import show_members

SETTINGS = RecurrentClassifier


class RecurrentNetwork(ClassifierNetwork):
    """A cell that reads member after member, then layers to one number.

    Parameters
    ----------
    settings
        Cell and hidden layers.
    shape
        (slots, features) of a sequence.
    """

    def __init__(self, settings: RecurrentClassifier, shape: tuple[int, ...]) -> None:
        slots, features = shape
        super().__init__(settings, slots * features, units=settings.units)
        self._shape = shape
        cell = nn.LSTM if settings.cell == "lstm" else nn.GRU
        # which features a member has is an input, too
        self.cell = cell(2 * features, settings.units, batch_first=True)

    @classmethod
    def build(cls, settings: NeuralNetwork, shape: tuple[int, ...], n_inputs: int) -> Self:
        """Build a network; see `rapidmass.models.networks.base.Network.build`."""
        del n_inputs  # all features of all slots
        return cls(settings, shape)  # type: ignore[arg-type]  # each family's own settings

    def hide(self, x: Tensor, mask: Tensor, *more: Tensor) -> Tensor:
        """Compute the last hidden layer, of shape (events, units).

        Slots behind the last member are read as well, and what comes of them is not looked at.
        """
        del more
        members, present = show_members(x, mask, self._shape)
        states, _ = self.cell(members)
        place = torch.arange(1, self._shape[0] + 1, device=x.device, dtype=present.dtype)
        number = (present * place).amax(dim=1, keepdim=True)
        last = (number.long() - 1).clamp(min=0).unsqueeze(2).expand(-1, -1, states.shape[2])
        # an event without members is known by nothing
        known = states.gather(1, last).squeeze(1).float() * number.clamp(max=1)
        hidden: Tensor = self.hidden(known)
        return hidden


NETWORK = RecurrentNetwork
