"""What networks of every family share."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from types import MappingProxyType
from typing import Literal, NamedTuple, Self

import torch
from torch import Tensor, nn
from torch.nn import functional

from rapidmass.config.models.network import Activation, Layer, Loss, NeuralNetwork
from rapidmass.models.networks.layers import Affine, Chain
from rapidmass.models.networks.noise import NoisyModule

LEAKY_SLOPE = 0.3

_ACTIVATIONS: Mapping[Activation, Callable[[], nn.Module]] = MappingProxyType(
    {
        "tanh": nn.Tanh,
        "relu": nn.ReLU,
        "leaky_relu": partial(nn.LeakyReLU, LEAKY_SLOPE),
        "elu": nn.ELU,
        "sigmoid": nn.Sigmoid,
        "linear": nn.Identity,
    }
)


class Losses(NamedTuple):
    """The loss of each event, and what it is made of.

    Parameters
    ----------
    total
        Shape (events,): what training minimises, before the weight of the event.
    reconstruction
        Shape (events,): mean over the cells of the loss of a cell; None for networks that
        reconstruct nothing.
    divergence
        Shape (events,): Kullback-Leibler divergence of the latent distribution, in nats; None for
        networks that have no such distribution.
    """

    total: Tensor
    reconstruction: Tensor | None
    divergence: Tensor | None


class Inputs(NamedTuple):
    """What networks learn from.

    Parameters
    ----------
    x
        Shape (events, inputs): scaled elements.
    mask
        Shape (events, inputs): 1 where an event has the element, else 0; None unless the family
        needs it.
    augmented
        Shape (events, inputs): scaled elements of the augmented events; None unless the family
        needs them.
    label
        Shape (events,): what the events are; None unless the family has a target.
    """

    x: Tensor
    mask: Tensor | None = None
    augmented: Tensor | None = None
    label: Tensor | None = None


class Network(NoisyModule, ABC):
    """A network that scores events."""

    scores: tuple[str, ...] = ()
    """Names of all scores that it can give."""

    @classmethod
    def build(
        cls,
        settings: NeuralNetwork,
        shape: tuple[int, ...],  # noqa: ARG003 (elements come in a row, for most families)
        n_inputs: int,
    ) -> Self:
        """Build a network with weights out of torch's global generator.

        Parameters
        ----------
        settings
            Of the family.
        shape
            Of an event in its representation, before elements are left out.
        n_inputs
            Number of elements that the network sees.

        Returns
        -------
        Network
            Not yet trained.
        """
        return cls(settings, n_inputs)  # type: ignore[call-arg]  # each family's own settings

    @abstractmethod
    def compute_losses(self, inputs: Inputs) -> Losses:
        """Compute what training minimises, and its parts.

        Parameters
        ----------
        inputs
            Events.

        Returns
        -------
        Losses
            Of each event.
        """

    @abstractmethod
    def describe_events(self, x: Tensor, mask: Tensor) -> dict[str, Tensor]:
        """Compute all that can be said of events, without any noise.

        Parameters
        ----------
        x
            Shape (events, inputs): scaled elements.
        mask
            Shape (events, inputs): 1 where an event has the element, else 0.

        Returns
        -------
        dict
            `score_<name>` (events,) for each of `scores`; where the family has them also
            `reconstruction` (events, inputs), `cell_errors` (events, inputs), the part that each
            cell has in the error, and `latent` (events, dimensions).
        """


def make_layers(
    layers: Sequence[Layer], n_before: int, n_inputs: int, *, bias: bool = True
) -> Chain:
    """Make a chain of fully connected layers.

    Weights are drawn as X. Glorot and Y. Bengio, AISTATS 2010, equation 16; biases start at 0.

    Parameters
    ----------
    layers
        What to make.
    n_before
        Units that feed the first layer.
    n_inputs
        What the word `inputs` means.
    bias
        Whether affine maps have biases.

    Returns
    -------
    Chain
        Affine maps and activations in turn.
    """
    modules: list[nn.Module] = []
    for layer in layers:
        units = n_inputs if layer.units == "inputs" else layer.units
        modules += [make_affine(n_before, units, bias=bias), make_activation(layer.activation)]
        n_before = units
    return Chain(*modules)


def make_activation(name: Activation) -> nn.Module:
    """Make an activation function."""
    return _ACTIVATIONS[name]()


def count_outputs(layers: Sequence[Layer], n_before: int, n_inputs: int) -> int:
    """Count the units at the end of a chain of layers.

    Parameters
    ----------
    layers, n_before, n_inputs
        As for `make_layers`.

    Returns
    -------
    int
        `n_before` if there is no layer.
    """
    if not layers:
        return n_before
    units = layers[-1].units
    return n_inputs if units == "inputs" else units


def make_affine(n_before: int, n_after: int, *, bias: bool = True) -> Affine:
    """Make an affine map with the initial weights of `make_layers`.

    Parameters
    ----------
    n_before, n_after
        Units before and after.
    bias
        Whether it has biases.

    Returns
    -------
    Affine
        Not yet trained.
    """
    affine = Affine(n_before, n_after, bias=bias)
    nn.init.xavier_uniform_(affine.weight)
    if bias:
        nn.init.zeros_(affine.bias)
    return affine


def compute_cell_losses(output: Tensor, x: Tensor, loss: Loss | Literal["l1"]) -> Tensor:
    """Compute the loss of each cell.

    Parameters
    ----------
    output, x
        Shape (events, inputs): reconstruction and inputs.
    loss
        Squared error, absolute error or binary cross-entropy.

    Returns
    -------
    Tensor, shape (events, inputs)
        Not negative.
    """
    if loss == "bce":
        with torch.autocast(x.device.type, enabled=False):  # which refuses it on graphics cards
            try:
                return functional.binary_cross_entropy(output, x, reduction="none")
            except RuntimeError:
                if output.isnan().any():  # so is the loss: whoever trains says where
                    return output * torch.nan
                raise
    if loss == "l1":
        return functional.l1_loss(output, x, reduction="none")
    return functional.mse_loss(output, x, reduction="none")


def score_errors(cell_errors: Tensor, mask: Tensor) -> dict[str, Tensor]:
    """Compute the scores of networks that reconstruct events.

    Parameters
    ----------
    cell_errors
        Shape (events, inputs): error of each cell.
    mask
        Shape (events, inputs): 1 where an event has the element, else 0.

    Returns
    -------
    dict
        `score_error`: log10 of the sum over cells. `score_mean_error`: log10 of the mean over the
        cells that are present. Both sums are at least the smallest normal float32, 1.2e-38, so
        that a perfect reconstruction has no score of minus infinity.
    """
    tiny = torch.finfo(torch.float32).tiny
    total = cell_errors.sum(dim=1)
    mean = (cell_errors * mask).sum(dim=1) / mask.sum(dim=1).clamp(min=1)
    return {
        "score_error": total.clamp(min=tiny).log10(),
        "score_mean_error": mean.clamp(min=tiny).log10(),
    }


def find_narrowest(layers: Sequence[Layer], n_inputs: int) -> int:
    """Find the narrowest layer of a chain.

    Parameters
    ----------
    layers
        The chain.
    n_inputs
        What the word `inputs` means.

    Returns
    -------
    int
        Its index; of several the first.
    """
    widths = [n_inputs if layer.units == "inputs" else layer.units for layer in layers]
    return widths.index(min(widths))
