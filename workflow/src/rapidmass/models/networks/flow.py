"""Normalising flows: the density of the features that an event has, given which these are.

One autoregressive transformation by splines (C. Durkan et al., NeurIPS 2019, with zuko), so that
the logarithm of the density is a sum over features, each given those before it. The terms of absent
features are left out, and what is left is the density of those that are present.
"""

import math

from torch import Tensor
from zuko.flows.autoregressive import MaskedAutoregressiveTransform
from zuko.transforms import MonotonicRQSTransform

from rapidmass.config.models.flow import Flow
from rapidmass.models.networks.base import Inputs, Losses, Network

SETTINGS = Flow


class FlowNetwork(Network):
    """A spline for each feature, made of those before it and of which are present.

    Parameters
    ----------
    settings
        Hidden layers and bins.
    n_inputs
        Number of elements that the network sees.

    Raises
    ------
    ValueError
        If there is one alone.
    """

    scores = ("nll", "mean_nll")

    def __init__(self, settings: Flow, n_inputs: int) -> None:
        super().__init__()
        if n_inputs < 2:
            raise ValueError(f"a flow needs two features or more, not {n_inputs}")
        bins = settings.bins
        self.transform = MaskedAutoregressiveTransform(
            n_inputs,
            n_inputs,
            univariate=make_splines,
            shapes=[(bins,), (bins,), (bins - 1,)],
            hidden_features=settings.hidden,
        )

    def compute_losses(self, inputs: Inputs) -> Losses:
        """Compute minus the logarithm of the density, over the number of features."""
        if inputs.mask is None:
            raise ValueError("this family must be told which elements an event has")
        total = self.find_terms(inputs.x, inputs.mask).sum(dim=1).float()
        loss = total / inputs.x.shape[1]
        return Losses(total=loss, reconstruction=None, divergence=None)

    def describe_events(self, x: Tensor, mask: Tensor) -> dict[str, Tensor]:
        """Compute minus the logarithm of the density, and its mean over present features."""
        total = self.find_terms(x, mask).sum(dim=1).float()
        mean = total / mask.sum(dim=1).clamp(min=1)
        return {"score_nll": total, "score_mean_nll": mean}

    def find_terms(self, x: Tensor, mask: Tensor) -> Tensor:
        """Find minus the logarithm of the density of each feature, given those before it.

        Parameters
        ----------
        x
            Shape (events, inputs): scaled elements.
        mask
            Shape (events, inputs): 1 where an event has the element, else 0.

        Returns
        -------
        Tensor, shape (events, inputs)
            In nats and double precision; 0 where it is absent.
        """
        seen = x * mask
        splines = self.transform.meta(mask, seen).base
        normal, logarithm = splines.call_and_ladj(seen.double())
        terms: Tensor = 0.5 * (normal.square() + math.log(2 * math.pi)) - logarithm
        return terms * mask


def make_splines(widths: Tensor, heights: Tensor, derivatives: Tensor) -> MonotonicRQSTransform:
    """Make splines in double precision: where bins are narrow, single precision has few digits.

    Parameters
    ----------
    widths, heights
        Shape (events, inputs, bins): of bins, before they are normalised.
    derivatives
        Shape (events, inputs, bins - 1): logarithms at the knots between them.

    Returns
    -------
    MonotonicRQSTransform
        One for each event and feature; from -5 to 5, and the identity outside.
    """
    return MonotonicRQSTransform(widths.double(), heights.double(), derivatives.double())


NETWORK = FlowNetwork
