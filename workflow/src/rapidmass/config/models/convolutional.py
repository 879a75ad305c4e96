"""Settings of networks that tell images of signals from those of the background."""

from typing import Annotated, ClassVar, Literal, Self

from pydantic import Field, model_validator

from rapidmass.config.models.classifier import AnyClassifier


class ConvolutionalClassifier(AnyClassifier):
    """A network of convolutions over images, trained to tell signals from the background.

    Each convolution is followed by a ramp (`relu`) and halves the image along both sides.
    """

    takes: ClassVar[frozenset[str]] = frozenset({"image"})

    family: Literal["convolutional"] = Field(
        default="convolutional", description="Family of the network: the module that builds it."
    )
    convolutions: Annotated[
        tuple[Annotated[int, Field(gt=0, le=1024)], ...], Field(min_length=1, max_length=8)
    ] = Field(default=(16, 32, 32), description="Channels behind each convolution of 3 x 3 pixels.")
    scores: tuple[Literal["logit"], ...] = Field(
        default=("logit",),
        description="Scores of an event: the logarithm of the odds that it is signal (`logit`).",
    )

    @property
    def score_names(self) -> tuple[str, ...]:
        """Names of the scores."""
        return self.scores

    @model_validator(mode="after")
    def _check_pixels(self) -> Self:
        if self.exclude_features:
            raise ValueError("a convolution needs all pixels: leave exclude_features out")
        return self
