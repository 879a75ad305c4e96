"""Settings of networks that follow a combination of scores."""

from typing import Annotated, ClassVar, Literal

from pydantic import Field

from rapidmass.config.models.network import Layer, NeuralNetwork
from rapidmass.config.models.training import ScalingSettings
from rapidmass.config.names import Name


class Student(NeuralNetwork):
    """One small network, trained to give the score that a combination of others gives.

    It learns from the background alone, each event with a combined score that was made without its
    fold.
    """

    needs_mask: ClassVar[bool] = True  # which elements are present is an input

    family: Literal["student"] = Field(
        default="student", description="Family of the network: the module that builds it."
    )
    follows: Name = Field(
        description="The combination of scores, one of `baselines`, that it follows."
    )
    scaling: ScalingSettings | None = Field(
        default=ScalingSettings(kind="standard", clip=False),
        description="How elements are scaled before this network sees them. Where an element is "
        "absent it is 0 after the scaling, and a second input of the network says so.",
    )
    layers: Annotated[tuple[Layer, ...], Field(min_length=1)] = Field(
        description="The hidden layers in order; one more unit, the score, follows them."
    )
    tail: float = Field(
        default=0.5,
        ge=0,
        lt=1,
        description="How much rare events count: an event that the combination finds as rare as "
        "the share p of the background counts p^-`tail`. 0: all as they are.",
    )
    deepest: float = Field(
        default=4.0,
        gt=0,
        le=30,
        description="-log10 of the share of the background up to which the network follows the "
        "score itself. What is beyond, where combinations have few events to go by and give "
        "hundreds, becomes a logarithm, and counts no more.",
    )
    scores: tuple[Literal["rarity"], ...] = Field(
        default=("rarity",),
        description="Scores of an event: -log10 of the share of the background that the "
        "combination finds as rare, as the network sees it (`rarity`); its logarithm beyond "
        "`deepest`.",
    )

    @property
    def followed(self) -> str | None:
        """The combination."""
        return self.follows

    @property
    def score_names(self) -> tuple[str, ...]:
        """Names of the scores."""
        return self.scores
