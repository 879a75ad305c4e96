"""What every network architecture has in common: optimiser, batches, loss, layers."""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from rapidmass.config.base import Section
from rapidmass.config.models.training import ScalingSettings

Loss = Literal["mse", "bce"]
Activation = Literal["tanh", "relu", "leaky_relu", "elu", "sigmoid", "linear"]
NegativeWeights = Literal["keep", "absolute_rescaled", "drop"]
Precision = Literal["float32", "bf16"]
ErrorScore = Literal["error", "mean_error"]
Units = Annotated[int, Field(gt=0, le=100_000)] | Literal["inputs"]


class Layer(Section):
    """A fully connected layer."""

    units: Units = Field(
        description="Number of units, or the word `inputs`: as many as the network has inputs."
    )
    activation: Activation = Field(
        default="linear", description="Activation function; `leaky_relu` has the slope 0.3."
    )


class Optimiser(Section):
    """How the weights of a network are moved."""

    name: Literal["adam"] = Field(default="adam", description="The algorithm.")
    learning_rate: float = Field(
        default=0.001, gt=0, allow_inf_nan=False, description="Step size of the algorithm."
    )


class Architecture(Section, ABC):
    """What every family of networks has; a family adds its layers and its scores."""

    family: str = Field(description="Family of the network: the module that builds it.")
    optimiser: Optimiser = Field(
        default=Optimiser(), description="How the weights of the network are moved."
    )
    epochs: int = Field(default=4, gt=0, le=100_000, description="Passes over each megaset.")
    batch_size: int = Field(
        default=8192, gt=0, le=100_000_000, description="Events in one step of the optimiser."
    )
    precision: Precision = Field(
        default="float32",
        description="Numbers that training multiplies: `float32`, or `bf16` (mixed precision), "
        "which is faster on processors and graphics cards that know it. Weights, losses, scores "
        "and the exported network are float32 in either case; the weights come out slightly "
        "different.",
    )
    scaling: ScalingSettings | None = Field(
        default=None,
        description="How cells are scaled before this network sees them; left out: as the block "
        "`scaling` says.",
    )
    exclude_cells: tuple[str, ...] = Field(
        default=(),
        description="Cells that the network does not see, by name; `*` and `?` are wildcards.",
    )
    negative_weights: NegativeWeights = Field(
        default="keep",
        description="What training does with events of negative weight: `keep` the sign; "
        "`absolute_rescaled`, take the absolute value, times the factor with which the event's "
        "channel keeps its share of the total weight; or `drop` the event, which enlarges the "
        "share of channels with negative weights.",
    )

    @property
    @abstractmethod
    def score_names(self) -> tuple[str, ...]:
        """Names of the scores that are computed; the first is the network's own."""

    @property
    def needs_unit_range(self) -> bool:
        """Whether inputs must lie in [0, 1]."""
        return False

    @property
    def needs_presence(self) -> bool:
        """Whether training must know which cells an event has."""
        return False

    @property
    def needs_copies(self) -> bool:
        """Whether training compares events with their distorted copies."""
        return False

    @model_validator(mode="after")
    def _check_scores(self) -> Self:
        names = self.score_names
        twice = sorted({name for name in names if names.count(name) > 1})
        if twice or not names:
            raise ValueError(f"score {twice[0]} is listed twice" if twice else "name a score")
        return self


class Reconstruction(Architecture):
    """What families have that give back their inputs."""

    loss: Loss = Field(
        default="mse",
        description="Loss of a cell: squared error (`mse`), or binary cross-entropy (`bce`), which "
        "needs a sigmoid at the end and inputs that are scaled and clipped to [0, 1].",
    )

    @property
    @abstractmethod
    def output(self) -> tuple[Layer, ...]:
        """The layers that end in the reconstruction."""

    @model_validator(mode="after")
    def _check_output(self) -> Self:
        check_output(self.output)
        last = self.output[-1].activation
        if self.loss == "bce" and last != "sigmoid":
            raise ValueError(
                "loss bce needs activation: sigmoid in the last layer of the network "
                f"(it is {last}), or use loss: mse"
            )
        return self

    @property
    def needs_unit_range(self) -> bool:
        """Whether inputs outside [0, 1] could not be reconstructed."""
        return self.output[-1].activation == "sigmoid"


def check_output(layers: Sequence[Layer]) -> None:
    """Make sure that layers end in as many units as there are inputs.

    Parameters
    ----------
    layers
        Those that end in the reconstruction.

    Raises
    ------
    ValueError
        If they do not.
    """
    if not layers or layers[-1].units != "inputs":
        raise ValueError(
            "the last layer of the network gives back the inputs: write units: inputs there"
        )
