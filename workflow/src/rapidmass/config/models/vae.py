"""Settings of a variational autoencoder."""

from typing import Literal

from pydantic import Field

from rapidmass.config.models.network import Layer, Reconstruction


class VariationalAutoencoder(Reconstruction):
    """Layers to a normal distribution in latent space, and layers back."""

    family: Literal["vae"] = Field(
        default="vae", description="Family of the network: the module that builds it."
    )
    encoder: tuple[Layer, ...] = Field(
        description="Layers before the latent space; none: the inputs themselves."
    )
    latent: int = Field(gt=0, le=100_000, description="Dimensions of the latent space.")
    decoder: tuple[Layer, ...] = Field(
        description="Layers after the latent space; the last one has `units: inputs`."
    )
    kl_weight: float = Field(
        default=1.0,
        ge=0,
        allow_inf_nan=False,
        description="Factor on the Kullback-Leibler divergence of an event, beside the sum of the "
        "loss over its elements; 1 gives the evidence lower bound, at every batch size.",
    )

    scores: tuple[Literal["error", "mean_error", "radius"], ...] = Field(
        default=("error",),
        description="Scores of an event, each scanned by itself, the first under the name of the "
        "network: log10 of the summed squared error of all elements (`error`), or of its mean "
        "over those that the event has (`mean_error`), or the distance of the event's latent mean "
        "from the origin (`radius`).",
    )

    @property
    def output(self) -> tuple[Layer, ...]:
        """The layers after the latent space."""
        return self.decoder

    @property
    def score_names(self) -> tuple[str, ...]:
        """Names of the scores."""
        return self.scores
