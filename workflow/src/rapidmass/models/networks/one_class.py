"""Networks that map the background to one point: what lies far from it is anomalous.

L. Ruff et al., Deep One-Class Classification, ICML 2018, with a point that is fixed: 1 in all
dimensions. Without biases, and with activations that have no bounds, no weights map all events to
it; an event of which all elements are 0 goes to 0.
"""

import torch
from torch import Tensor, nn

from rapidmass.config.models.network import Layer
from rapidmass.config.models.one_class import OneClass
from rapidmass.models.networks.base import Inputs, Losses, Network, make_layers

SETTINGS = OneClass
POINT = 1.0


class OneClassNetwork(Network):
    """Chains of layers without biases, side by side.

    Parameters
    ----------
    settings
        Layers, dimensions and number of chains.
    n_inputs
        Number of elements that the network sees.
    """

    scores = ("distance",)

    def __init__(self, settings: OneClass, n_inputs: int) -> None:
        super().__init__()
        layers = (*settings.layers, Layer(units=settings.dimensions))
        self.members = nn.ModuleList(
            make_layers(layers, n_inputs, n_inputs, bias=False) for _ in range(settings.members)
        )

    def compute_losses(self, inputs: Inputs) -> Losses:
        """Compute the mean squared distance of each event to the point."""
        if inputs.mask is None:
            raise ValueError("this family must be told which cells an event has")
        loss = self._measure(self._map(inputs.x, inputs.mask))
        return Losses(total=loss, reconstruction=None, divergence=None)

    def describe_events(self, x: Tensor, mask: Tensor) -> dict[str, Tensor]:
        """Compute the score; latent: where all members map an event to."""
        latent = self._map(x, mask)
        distance = self._measure(latent).clamp(min=torch.finfo(torch.float32).tiny)
        return {"score_distance": distance.log10(), "latent": latent}

    def _map(self, x: Tensor, mask: Tensor) -> Tensor:
        seen = x * mask
        return torch.cat([member(seen) for member in self.members], dim=1)

    @staticmethod
    def _measure(latent: Tensor) -> Tensor:
        return (latent - POINT).square().sum(dim=1) / latent.shape[1]


NETWORK = OneClassNetwork
