"""The search space: parameters of a trial, and the network that they describe."""

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any, NamedTuple

from optuna.distributions import (
    BaseDistribution,
    CategoricalDistribution,
    FloatDistribution,
    IntDistribution,
)

from rapidmass.config.models.network import NeuralNetwork
from rapidmass.config.studies.tuning import TuningSpace

Parameters = Mapping[str, Any]
Layers = list[dict[str, Any]]


class _Shape(NamedTuple):
    """Hidden layers on both sides, and the narrowest layer between them."""

    encoder: Layers
    narrowest: dict[str, Any]
    decoder: Layers


def list_distributions(space: TuningSpace) -> dict[str, BaseDistribution]:
    """List the parameters of a trial and the values that they can have.

    Parameters
    ----------
    space
        Ranges and choices from the configuration.

    Returns
    -------
    dict
        Distribution by name of the parameter: `depth`, `width`, `latent`, `activation`,
        `learning_rate`, `batch_size`. Numbers of units are even in their logarithm.
    """
    return {
        "depth": IntDistribution(space.depth.low, space.depth.high),
        "width": IntDistribution(space.width.low, space.width.high, log=True),
        "latent": IntDistribution(space.latent.low, space.latent.high, log=True),
        "activation": CategoricalDistribution(space.activations),
        "learning_rate": FloatDistribution(
            space.learning_rate.low, space.learning_rate.high, log=True
        ),
        "batch_size": CategoricalDistribution(space.batch_sizes),
    }


def apply_parameters(network: NeuralNetwork, parameters: Parameters) -> NeuralNetwork:
    """Give a network the shape and the optimiser of a trial.

    Parameters
    ----------
    network
        Gives all that is not varied: family, loss, scaling, inputs, activation of the output.
    parameters
        Of the trial, by the names of `list_distributions`.

    Returns
    -------
    NeuralNetwork
        Valid settings of the same family.

    Raises
    ------
    ValueError
        If the family has no search space.
    """
    if network.family not in _FAMILIES:
        raise ValueError(
            f"networks of the family {network.family} have no search space; there is one for "
            f"{', '.join(sorted(_FAMILIES))}"
        )
    settings = network.model_dump(mode="json")
    changed = {
        **_FAMILIES[network.family](settings, _make_shape(parameters)),
        "optimiser": {**settings["optimiser"], "learning_rate": parameters["learning_rate"]},
        "batch_size": parameters["batch_size"],
    }
    return type(network).model_validate({**settings, **changed})


def _make_shape(parameters: Parameters) -> _Shape:
    depth, width, latent = (parameters[name] for name in ("depth", "width", "latent"))
    encoder = [
        {
            "units": round(width * (latent / width) ** (step / depth)),
            "activation": parameters["activation"],
        }
        for step in range(depth)
    ]
    narrowest = {"units": latent, "activation": parameters["activation"]}
    return _Shape(encoder, narrowest, encoder[::-1])


def _make_autoencoder(settings: Parameters, shape: _Shape) -> dict[str, Any]:
    hidden = [*shape.encoder, shape.narrowest, *shape.decoder]
    return {"layers": [*hidden, settings["layers"][-1]]}


def _make_vae(settings: Parameters, shape: _Shape) -> dict[str, Any]:
    return {
        "encoder": shape.encoder,
        "latent": shape.narrowest["units"],
        "decoder": [*shape.decoder, settings["decoder"][-1]],
    }


# A further family: the settings that follow from a shape, here, and its name in config/tuning.py.
_FAMILIES: Mapping[str, Callable[[Parameters, _Shape], dict[str, Any]]] = MappingProxyType(
    {"autoencoder": _make_autoencoder, "masked_autoencoder": _make_autoencoder, "vae": _make_vae}
)
