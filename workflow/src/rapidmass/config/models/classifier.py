"""Settings of networks that tell signals from background."""

from typing import Annotated, ClassVar, Literal

from pydantic import Field

from rapidmass.config.models.network import Layer, NeuralNetwork
from rapidmass.config.models.supervised import Supervised
from rapidmass.config.models.training import ScalingSettings


class AnyClassifier(Supervised, NeuralNetwork):
    """What networks have in common that are trained to tell signals from background.

    Half of the events of each step are signal, whatever the classes count.
    """

    needs_mask: ClassVar[bool] = True  # which elements are present is an input

    batch_size: int = Field(
        default=4096,
        gt=1,
        le=100_000_000,
        description="Events in one step of the optimiser, half of them of the background and half "
        "of signals, which come as often as that takes.",
    )
    scaling: ScalingSettings | None = Field(
        default=ScalingSettings(kind="standard", clip=False),
        description="How elements are scaled before this network sees them. Where an element is "
        "absent it is 0 after the scaling, and a second input of the network says so.",
    )
    layers: Annotated[tuple[Layer, ...], Field(min_length=1)] = Field(
        description="The hidden layers in order; one more unit, the score, follows them."
    )


class Classifier(AnyClassifier):
    """A network, trained to tell events of named signals from the background."""

    family: Literal["classifier"] = Field(
        default="classifier", description="Family of the network: the module that builds it."
    )
    scores: tuple[Literal["logit"], ...] = Field(
        default=("logit",),
        description="Scores of an event: the logarithm of the odds that it is signal (`logit`).",
    )

    @property
    def score_names(self) -> tuple[str, ...]:
        """Names of the scores."""
        return self.scores
