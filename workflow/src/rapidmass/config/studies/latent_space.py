"""The `studies.latent_space` block: maps of what networks make of events."""

from typing import ClassVar

from pydantic import Field

from rapidmass.config.studies.base import NetworkStudy


class LatentSpace(NetworkStudy):
    """Two-dimensional maps of the latent space of networks that have one."""

    key: ClassVar[str] = "studies.latent_space"
    without_labels: ClassVar[bool] = True

    events: int = Field(
        default=2000,
        ge=10,
        le=1_000_000,
        description="Most events of each background channel and of each signal that are mapped, "
        "chosen by event identity.",
    )
    umap: bool = Field(
        default=False,
        description="Whether there is a map by UMAP beside the principal components: slower, and "
        "without meaning in its distances between clusters, but it finds curved structure.",
    )
