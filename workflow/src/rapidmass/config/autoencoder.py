"""Settings of an autoencoder."""

from typing import Literal

from pydantic import Field

from rapidmass.config.architecture import Architecture, Layer


class Autoencoder(Architecture):
    """A chain of fully connected layers, trained to give back its inputs."""

    family: Literal["autoencoder"] = Field(
        default="autoencoder", description="Family of the network: the module that builds it."
    )
    layers: tuple[Layer, ...] = Field(
        description="The layers in order; the last one has `units: inputs`."
    )

    @property
    def output(self) -> tuple[Layer, ...]:
        """All layers."""
        return self.layers
