"""Deep sets: networks over the members of a sequence that do not know their order.

M. Zaheer et al., arXiv:1703.06114; of jets P. Komiske, E. Metodiev, J. Thaler, JHEP 01 (2019) 121.
"""

from typing import Self

from torch import Tensor

from rapidmass.config.models.network import NeuralNetwork
from rapidmass.config.models.sequences import DeepSets
from rapidmass.models.networks.base import count_outputs, make_layers
from rapidmass.models.networks.classifier import ClassifierNetwork
from rapidmass.models.networks.members import show_members

SETTINGS = DeepSets


class DeepSetsNetwork(ClassifierNetwork):
    """Layers of each member, their sum over members, and layers to one number.

    Parameters
    ----------
    settings
        Both kinds of layers.
    shape
        (slots, features) of a sequence.
    """

    def __init__(self, settings: DeepSets, shape: tuple[int, ...]) -> None:
        slots, features = shape
        # which features a member has is an input, too
        units = count_outputs(settings.member_layers, 2 * features, 2 * features)
        super().__init__(settings, slots * features, units=units)
        self._shape = shape
        self.member_layers = make_layers(settings.member_layers, 2 * features, 2 * features)

    @classmethod
    def build(cls, settings: NeuralNetwork, shape: tuple[int, ...], n_inputs: int) -> Self:
        """Build a network; see `rapidmass.models.networks.base.Network.build`."""
        del n_inputs  # all features of all slots
        return cls(settings, shape)  # type: ignore[arg-type]  # each family's own settings

    def hide(self, x: Tensor, mask: Tensor, *more: Tensor) -> Tensor:
        """Compute the last hidden layer, of shape (events, units)."""
        del more
        members, present = show_members(x, mask, self._shape)
        seen = self.member_layers(members.flatten(end_dim=1)).reshape(*members.shape[:2], -1)
        hidden: Tensor = self.hidden((seen * present.unsqueeze(2)).sum(dim=1))
        return hidden


NETWORK = DeepSetsNetwork
