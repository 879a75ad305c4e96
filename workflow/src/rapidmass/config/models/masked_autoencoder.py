"""Settings of an autoencoder that is asked only for the elements which an event has."""

from typing import ClassVar, Literal, Self

from pydantic import Field, model_validator

from rapidmass.config.models.network import ErrorScore, Layer, NeuralNetwork, check_output
from rapidmass.config.models.training import ScalingSettings


class MaskedAutoencoder(NeuralNetwork):
    """A chain of fully connected layers, trained to give back the elements that an event has."""

    needs_mask: ClassVar[bool] = True  # the loss leaves absent elements out

    family: Literal["masked_autoencoder"] = Field(
        default="masked_autoencoder",
        description="Family of the network: the module that builds it.",
    )
    scaling: ScalingSettings | None = Field(
        default=ScalingSettings(kind="log_standard", clip=False),
        description="How elements are scaled before this network sees them.",
    )
    layers: tuple[Layer, ...] = Field(
        description="The layers in order; the last one has `units: inputs`."
    )
    loss: Literal["l1", "mse"] = Field(
        default="l1",
        description="Loss of an element that is present: absolute (`l1`) or squared error (`mse`). "
        "The loss of an event is their mean.",
    )
    scores: tuple[ErrorScore, ...] = Field(
        default=("mean_error",),
        description="Scores of an event, each scanned by itself, the first under the name of the "
        "network: log10 of the mean loss of the elements that the event has (`mean_error`), or of "
        "their sum (`error`).",
    )

    @property
    def score_names(self) -> tuple[str, ...]:
        """Names of the scores."""
        return self.scores

    @model_validator(mode="after")
    def _check_layers(self) -> Self:
        check_output(self.layers)
        if self.layers[-1].activation == "sigmoid" and self.scaling is not None:
            raise ValueError(
                "a sigmoid gives back numbers in [0, 1] only: end in another activation"
            )
        return self
