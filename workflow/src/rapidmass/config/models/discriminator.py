"""Settings of a discriminator between events and their augmented events."""

from typing import Annotated, ClassVar, Literal

from pydantic import Field

from rapidmass.config.models.network import Layer, NeuralNetwork
from rapidmass.config.models.training import ScalingSettings


class Discriminator(NeuralNetwork):
    """A classifier, trained to tell background events from their own augmented events.

    The copies are made as the block `augmentation` says. No signal takes part.
    """

    needs_augmented: ClassVar[bool] = True  # they are what events are told from
    needs_mask: ClassVar[bool] = True  # which elements are present is an input

    family: Literal["discriminator"] = Field(
        default="discriminator", description="Family of the network: the module that builds it."
    )
    scaling: ScalingSettings | None = Field(
        default=ScalingSettings(kind="log_standard", clip=False),
        description="How elements are scaled before this network sees them.",
    )
    layers: Annotated[tuple[Layer, ...], Field(min_length=1)] = Field(
        description="The hidden layers in order; one more unit, the score, follows them."
    )
    scores: tuple[Literal["logit"], ...] = Field(
        default=("logit",),
        description="Scores of an event: the logarithm of the odds that it is a copy (`logit`).",
    )

    @property
    def score_names(self) -> tuple[str, ...]:
        """Names of the scores."""
        return self.scores
