"""Settings of networks that map the background to one point."""

from typing import Annotated, ClassVar, Literal, Self

from pydantic import Field, model_validator

from rapidmass.config.models.network import Layer, NeuralNetwork
from rapidmass.config.models.training import ScalingSettings

BOUNDED = ("tanh", "sigmoid")


class OneClass(NeuralNetwork):
    """Several networks without biases, each trained to map all events to one point.

    L. Ruff et al., ICML 2018 (Deep SVDD). Members differ by their first weights alone.
    """

    needs_mask: ClassVar[bool] = True  # absent elements are 0

    family: Literal["one_class"] = Field(
        default="one_class", description="Family of the network: the module that builds it."
    )
    scaling: ScalingSettings | None = Field(
        default=ScalingSettings(kind="standard", clip=False),
        description="How elements are scaled before this network sees them. Where an element is "
        "absent it is 0 after the scaling.",
    )
    layers: Annotated[tuple[Layer, ...], Field(min_length=1)] = Field(
        description="The hidden layers of a member in order, without biases. Their activation is "
        "`relu`, `leaky_relu`, `elu` or `linear`: one with bounds could map all to one point."
    )
    dimensions: int = Field(
        default=8, gt=0, le=100_000, description="Dimensions of the space of the point."
    )
    members: int = Field(default=4, gt=0, le=100, description="Networks that are averaged.")
    scores: tuple[Literal["distance"], ...] = Field(
        default=("distance",),
        description="Scores of an event: log10 of the mean squared distance to the point "
        "(`distance`), over members and dimensions.",
    )

    @property
    def score_names(self) -> tuple[str, ...]:
        """Names of the scores."""
        return self.scores

    @model_validator(mode="after")
    def _check_activations(self) -> Self:
        found = [layer.activation for layer in self.layers if layer.activation in BOUNDED]
        if found:
            raise ValueError(
                f"layers: {found[0]} has bounds, with which a network maps all events to one point "
                "and learns nothing; take leaky_relu"
            )
        return self
