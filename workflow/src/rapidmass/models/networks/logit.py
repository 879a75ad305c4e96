"""What networks share whose score is the logarithm of the odds of two classes."""

from collections.abc import Sequence

import torch
from torch import Tensor

from rapidmass.config.models.network import Layer
from rapidmass.models.networks.base import Network, count_outputs, make_affine, make_layers


class LogitNetwork(Network):
    """Layers from scaled elements, and which of them are present, to one number.

    Parameters
    ----------
    layers
        Hidden layers.
    n_inputs
        Number of elements that the network sees.
    more
        How many numbers it sees beside these.
    units
        How many numbers the first layer sees, where a family makes them of the elements; None:
        the elements and which of them are present.
    """

    scores: tuple[str, ...] = ("logit",)
    zero_absent = True
    """Whether absent elements are 0, and not what scaling made of them."""

    def __init__(
        self, layers: Sequence[Layer], n_inputs: int, more: int = 0, units: int | None = None
    ) -> None:
        super().__init__()
        units = 2 * n_inputs + more if units is None else units
        self.hidden = make_layers(layers, units, n_inputs)
        self.last = make_affine(count_outputs(layers, units, n_inputs), 1)

    def describe_events(self, x: Tensor, mask: Tensor) -> dict[str, Tensor]:
        """Compute the logarithm of the odds; latent: the last layer."""
        latent = self.hide(x, mask)
        return {"score_logit": self.compute_logit(latent), "latent": latent}

    def hide(self, x: Tensor, mask: Tensor, *more: Tensor) -> Tensor:
        """Compute the last hidden layer, of shape (events, units)."""
        seen = x * mask if self.zero_absent else x
        hidden: Tensor = self.hidden(torch.cat((seen, mask, *more), dim=1))
        return hidden

    def compute_logit(self, hidden: Tensor) -> Tensor:
        """Compute the logarithm of the odds from it, of shape (events,)."""
        logit: Tensor = self.last(hidden).float().squeeze(1)
        return logit
