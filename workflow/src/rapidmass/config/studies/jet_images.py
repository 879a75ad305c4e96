"""The `studies.jet_images` block: what autoencoders make of images of jets."""

from typing import ClassVar

from pydantic import Field
from typing_extensions import override

from rapidmass.config.studies.base import FamilyStudy, Known


class JetImages(FamilyStudy):
    """Images that networks give back: how well, in how few bytes, and of which jets badly."""

    key: ClassVar[str] = "studies.jet_images"
    without_labels: ClassVar[bool] = True
    families: ClassVar[tuple[str, ...]] = ("autoencoder",)
    others: ClassVar[str] = "which gives no image back through a latent vector"

    jets: int = Field(
        default=5000,
        ge=100,
        le=1_000_000,
        description="Most jets of each background channel and of each signal that are looked at, "
        "chosen by their identity.",
    )

    @override
    def list_networks(self, config: Known) -> list[str]:
        images = config.list_images()
        return [
            name
            for name in super().list_networks(config)
            if config.get_representation(name) in images
        ]

    @override
    def check(self, config: Known) -> None:
        images = config.list_images()
        for name in self.networks:
            if name in config.architectures and config.get_representation(name) not in images:
                raise ValueError(
                    f"{self.key}.networks: {name} sees no images: leave it out, or give it a "
                    "representation of the kind image"
                )
        super().check(config)
