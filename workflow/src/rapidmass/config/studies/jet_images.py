"""The `studies.jet_images` block: what autoencoders make of images of jets."""

from typing import ClassVar, Final

from pydantic import Field
from typing_extensions import override

from rapidmass.config.studies.base import Known, NetworkStudy

FAMILIES: Final = ("autoencoder", "convolutional_autoencoder")


class JetImages(NetworkStudy):
    """Images that autoencoders give back: how well, in how few bytes, and of which jets badly.

    Where no autoencoder sees images there is nothing to do.
    """

    key: ClassVar[str] = "studies.jet_images"
    without_labels: ClassVar[bool] = True

    jets: int = Field(
        default=5000,
        ge=100,
        le=1_000_000,
        description="Most jets of each background channel and of each signal that are looked at, "
        "chosen by their identity.",
    )

    @override
    def list_networks(self, config: Known) -> list[str]:
        return [name for name in super().list_networks(config) if _gives_images(config, name)]

    @override
    def list_selections(self, config: Known) -> list[str]:
        return super().list_selections(config) if self.list_networks(config) else []

    @override
    def check(self, config: Known) -> None:
        super().check(config)
        for name in self.networks:
            if not _gives_images(config, name):
                raise ValueError(
                    f"{self.key}.networks: {name} gives no images back: leave it out, or choose "
                    f"a family of {', '.join(FAMILIES)} and a representation of the kind image"
                )


def _gives_images(config: Known, name: str) -> bool:
    family = config.architectures[name].family
    return family in FAMILIES and config.get_representation(name) in config.list_images()
