"""Settings of an autoencoder."""

from typing import Literal

from pydantic import Field

from rapidmass.config.models.network import ErrorScore, Layer, Reconstruction


class Autoencoder(Reconstruction):
    """A chain of fully connected layers, trained to give back its inputs."""

    family: Literal["autoencoder"] = Field(
        default="autoencoder", description="Family of the network: the module that builds it."
    )
    layers: tuple[Layer, ...] = Field(
        description="The layers in order; the last one has `units: inputs`."
    )
    scores: tuple[ErrorScore, ...] = Field(
        default=("error",),
        description="Scores of an event, each scanned by itself, the first under the name of the "
        "network: log10 of the summed squared error of all elements (`error`), or of its mean "
        "over those that the event has (`mean_error`).",
    )

    @property
    def output(self) -> tuple[Layer, ...]:
        """All layers."""
        return self.layers

    @property
    def score_names(self) -> tuple[str, ...]:
        """Names of the scores."""
        return self.scores
