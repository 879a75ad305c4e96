"""Settings of convolutional autoencoders of images."""

from typing import Annotated, ClassVar, Literal, Self

from pydantic import Field, model_validator

from rapidmass.config.models.network import Activation, ErrorScore, Layer, Reconstruction


class ConvolutionalAutoencoder(Reconstruction):
    """Convolutions to few numbers and back, trained to give back an image.

    Each convolution is followed by a ramp (`relu`) and halves the image along both sides; on the
    way back each doubles it.
    """

    takes: ClassVar[frozenset[str]] = frozenset({"image"})

    family: Literal["convolutional_autoencoder"] = Field(
        default="convolutional_autoencoder",
        description="Family of the network: the module that builds it.",
    )
    convolutions: Annotated[
        tuple[Annotated[int, Field(gt=0, le=1024)], ...], Field(min_length=1, max_length=8)
    ] = Field(default=(16, 32), description="Channels behind each convolution of 3 x 3 pixels.")
    latent: int = Field(
        default=100, gt=0, le=100_000, description="Numbers between the two halves."
    )
    activation: Activation = Field(
        default="linear", description="Activation function of the pixels that come back."
    )
    scores: tuple[ErrorScore, ...] = Field(
        default=("error",),
        description="Scores of an event, as of the family `autoencoder`.",
    )

    @property
    def output(self) -> tuple[Layer, ...]:
        """The pixels that come back."""
        return (Layer(units="inputs", activation=self.activation),)

    @property
    def score_names(self) -> tuple[str, ...]:
        """Names of the scores."""
        return self.scores

    @model_validator(mode="after")
    def _check_pixels(self) -> Self:
        if self.exclude_features:
            raise ValueError("a convolution needs all pixels: leave exclude_features out")
        return self
