"""What architectures have in common; of networks also optimiser, batches, loss, layers."""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import Annotated, ClassVar, Literal, Self

from pydantic import Field, model_validator

from rapidmass.config.base import Section
from rapidmass.config.models.training import ScalingSettings
from rapidmass.config.names import Name

Loss = Literal["mse", "bce"]
Activation = Literal["tanh", "relu", "leaky_relu", "elu", "sigmoid", "linear"]
NegativeWeights = Literal["fail", "keep", "absolute_rescaled", "drop"]
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


class OneCycle(Section):
    """A learning rate that rises to its largest value and falls far below its first."""

    warm_up: float = Field(
        default=0.25, gt=0, lt=1, description="Share of the training in which it rises."
    )
    first_divisor: float = Field(
        default=25, ge=1, allow_inf_nan=False, description="The largest rate over the first."
    )
    last_divisor: float = Field(
        default=1e5, ge=1, allow_inf_nan=False, description="The largest rate over the last."
    )
    momenta: tuple[Annotated[float, Field(ge=0, lt=1)], Annotated[float, Field(ge=0, lt=1)]] = (
        Field(
            default=(0.85, 0.95),
            description="First momentum of the optimiser at the largest rate, and at both ends.",
        )
    )

    @model_validator(mode="after")
    def _check_divisors(self) -> Self:
        if self.last_divisor < self.first_divisor:
            raise ValueError(
                f"last_divisor ({self.last_divisor:g}) must not be below first_divisor "
                f"({self.first_divisor:g}): the learning rate ends below where it begins"
            )
        return self


class Optimiser(Section):
    """How the weights of a network are moved."""

    name: Literal["adam"] = Field(default="adam", description="The algorithm.")
    learning_rate: float = Field(
        default=0.001,
        gt=0,
        allow_inf_nan=False,
        description="Step size of the algorithm; with `one_cycle` the largest.",
    )
    weight_decay: float = Field(
        default=0,
        ge=0,
        le=1,
        description="Share of a weight that each step takes off, over the step size (decoupled, as "
        "AdamW does it).",
    )
    one_cycle: OneCycle | None = Field(
        default=None,
        description="One cycle of the learning rate over the whole training. `one_cycle: {}` takes "
        "all defaults; left out, the rate is constant.",
    )


class Target(Section):
    """What events are labelled by, for families that are trained to tell them apart."""

    kind: Literal["none", "samples", "numbered", "classes", "region"] = Field(
        default="none",
        description="`none`; `samples`: events of `signal` are 1, all others 0; `numbered`: events "
        "of the k-th `signal` are k, from 1, all others 0; `classes`: the "
        "number of the group of channels, from 0; `region`: events with `variable` in `window` are "
        "1, all others 0.",
    )
    signal: tuple[str, ...] = Field(default=(), description="Samples whose events are 1.")
    classes: tuple[tuple[str, ...], ...] = Field(
        default=(), description="Groups of channels, each a class; a signal is a channel too."
    )
    variable: str = Field(default="", description="Column of the events: `m_ll`.")
    window: tuple[float, float] = Field(
        default=(0.0, 0.0), description="Lower and upper end of the region."
    )

    @model_validator(mode="after")
    def _check_needs(self) -> Self:
        members = [name for group in self.classes for name in group]
        if self.kind in ("samples", "numbered") and not self.signal:
            raise ValueError(f"a target of the kind {self.kind} needs signal: samples that are 1")
        if self.kind == "classes" and (len(self.classes) < 2 or not all(self.classes)):
            raise ValueError("a target of the kind classes needs two classes of channels or more")
        if len(set(members)) < len(members):
            raise ValueError("a channel is in two classes of a target")
        if self.kind == "region" and not (self.variable and self.window[0] < self.window[1]):
            raise ValueError("a target of the kind region needs a variable and a window")
        return self


class Architecture(Section, ABC):
    """What every family has; a family adds what it is made of, and its scores."""

    takes: ClassVar[frozenset[str]] = frozenset()
    """Kinds of representations that the family takes; empty: any, since elements come in a row."""
    needs_augmented: ClassVar[bool] = False
    """Whether training compares events with their augmented events."""
    needs_mask: ClassVar[bool] = False
    """Whether training must know which elements an event has."""

    family: str = Field(description="Family of the architecture: what is trained.")
    representation: Name | None = Field(
        default=None,
        description="Which of `representations` the network sees; needed if there are several.",
    )
    scaling: ScalingSettings | None = Field(
        default=None,
        description="How elements are scaled before this network sees them; left out: as the block "
        "`scaling` says.",
    )
    exclude_features: tuple[str, ...] = Field(
        default=(),
        description="Elements of the representation (cells of a matrix, features of a table) that "
        "the network does not see, by name; `*` and `?` are wildcards.",
    )
    negative_weights: NegativeWeights = Field(
        default="keep",
        description="What training does with events of negative weight: `fail`, refuse them; "
        "`keep` the sign; "
        "`absolute_rescaled`, take the absolute value, times the factor with which the event's "
        "channel keeps its share of the total weight; or `drop` the event, which enlarges the "
        "share of channels with negative weights.",
    )

    @property
    @abstractmethod
    def score_names(self) -> tuple[str, ...]:
        """Names of the scores that are computed; the first is the network's own."""

    @property
    def depends_on_seed(self) -> bool:
        """Whether another seed trains another model."""
        return True

    @property
    def needs_unit_range(self) -> bool:
        """Whether inputs must lie in [0, 1]."""
        return False

    @property
    def labels(self) -> Target:
        """What events are labelled by in training."""
        return Target()

    @property
    def signals(self) -> tuple[str, ...]:
        """Signals that training is shown; of families without labels none."""
        return ()

    @property
    def priors(self) -> tuple[str, ...]:
        """Samples of the prior that training is shown; of families without labels none."""
        return ()

    @property
    def followed(self) -> str | None:
        """The combination of scores that training follows; of most families none."""
        return None

    @property
    def told(self) -> tuple[str, ...]:
        """All samples that training is shown beside the background."""
        return (*self.signals, *self.priors)

    @model_validator(mode="after")
    def _check_scores(self) -> Self:
        names = self.score_names
        twice = sorted({name for name in names if names.count(name) > 1})
        if twice or not names:
            raise ValueError(f"score {twice[0]} is listed twice" if twice else "name a score")
        return self


class NeuralNetwork(Architecture):
    """What every family of networks has; a family adds its layers and its scores."""

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


class Reconstruction(NeuralNetwork):
    """What families have that give back their inputs."""

    loss: Loss = Field(
        default="mse",
        description="Loss of an element: squared error (`mse`), or binary cross-entropy (`bce`), "
        "which needs a sigmoid at the end and inputs that are scaled and clipped to [0, 1].",
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


def check_whole(exclude_features: Sequence[str]) -> None:
    """Make sure that a family which goes over members sees all their features.

    Parameters
    ----------
    exclude_features
        Elements that it is not to see.

    Raises
    ------
    ValueError
        If there is one.
    """
    if exclude_features:
        raise ValueError(
            "this family needs all features of all members: leave them out of the "
            "representation, not with exclude_features"
        )
