"""Settings of a variational autoencoder."""

from typing import Literal

from pydantic import Field

from rapidmass.config.architecture import Architecture, Layer


class VariationalAutoencoder(Architecture):
    """Layers to a normal distribution in latent space, and layers back."""

    family: Literal["vae"] = Field(
        default="vae", description="Family of the network: the module that builds it."
    )
    encoder: tuple[Layer, ...] = Field(
        description="Layers before the latent space; none: the inputs themselves."
    )
    latent: int = Field(gt=0, description="Dimensions of the latent space.")
    decoder: tuple[Layer, ...] = Field(
        description="Layers after the latent space; the last one has `units: inputs`."
    )
    kl_weight: float = Field(
        default=1.0,
        ge=0,
        allow_inf_nan=False,
        description="Factor on the Kullback-Leibler divergence of an event, beside the sum of the "
        "loss over its cells; 1 gives the evidence lower bound, at every batch size.",
    )

    @property
    def output(self) -> tuple[Layer, ...]:
        """The layers after the latent space."""
        return self.decoder
