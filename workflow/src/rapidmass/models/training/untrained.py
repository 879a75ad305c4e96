"""Networks as they are before the first step."""

import torch

from rapidmass.config.models.network import NeuralNetwork
from rapidmass.models.inputs.scaler import Scaler
from rapidmass.models.networks.base import Network
from rapidmass.models.networks.registry import build_network
from rapidmass.representations.base import select_elements
from rapidmass.storage.event_keys import derive_seed


def build_untrained(architecture: NeuralNetwork, scaler: Scaler, seed: int) -> Network:
    """Build a network with its initial weights.

    Parameters
    ----------
    architecture
        What to build.
    scaler
        Of its inputs.
    seed
        Decides the weights.

    Returns
    -------
    Network
        On the processor.
    """
    features = select_elements(scaler.representation, architecture.exclude_features)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(derive_seed(seed, "initial weights"))
        return build_network(architecture, scaler.representation.shape, len(features))
