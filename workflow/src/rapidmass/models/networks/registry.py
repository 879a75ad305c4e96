"""Networks: one module a family, found by name."""

import importlib
from collections.abc import Mapping
from types import ModuleType
from typing import Any

from rapidmass.config.models.network import NeuralNetwork
from rapidmass.models.networks.base import Network

__all__ = ["Network", "build_network", "read_settings"]


def build_network(settings: NeuralNetwork, shape: tuple[int, ...], n_inputs: int) -> Network:
    """Build the network that the settings describe, importing only the module of its family.

    Parameters
    ----------
    settings
        Settings of one family.
    shape
        Of an event in its representation, before elements are left out.
    n_inputs
        Number of elements that the network sees.

    Returns
    -------
    Network
        Its initial weights come from torch's global generator: seed that first.

    Raises
    ------
    ValueError
        If there is no such family.
    """
    network: Network = _find_family(settings.family).NETWORK.build(settings, shape, n_inputs)
    return network


def read_settings(content: Mapping[str, Any]) -> NeuralNetwork:
    """Read the settings of a network, importing only the module of its family.

    Parameters
    ----------
    content
        As in the configuration; `family` says which family it is.

    Returns
    -------
    NeuralNetwork
        Settings of that family.

    Raises
    ------
    ValueError
        If there is no such family, or the settings are not what it takes.
    """
    if "family" not in content:
        raise ValueError("settings of an architecture need a family: autoencoder, vae, ...")
    settings: NeuralNetwork = _find_family(content["family"]).SETTINGS.model_validate(content)
    return settings


def _find_family(family: str) -> ModuleType:
    """Import a family's module; it has `SETTINGS`, a model, and `NETWORK`, a class."""
    name = f"{__package__}.{family}"
    try:
        return importlib.import_module(name)
    except ModuleNotFoundError as error:
        if error.name != name:
            raise
        raise ValueError(f"no network family {family!r}: there is no module {name}") from None
