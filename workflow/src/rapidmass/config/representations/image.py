"""A representation of the kind `image`: images of jets."""

from collections.abc import Mapping
from typing import Annotated, Any, Literal, Self

from pydantic import Field, PositiveFloat, model_validator

from rapidmass.config.base import Section
from rapidmass.config.names import Name
from rapidmass.representations.image.layout import Centre, ImageLayout, Intensity, Turned


class Channel(Section):
    """A channel of an image."""

    name: Name = Field(description="Name of the channel, part of the names of its pixels.")
    objects: Annotated[tuple[Name, ...], Field(min_length=1)] = Field(
        description="Objects of the ntuple format whose momenta its pixels hold."
    )


class ImageSettings(Section):
    """Images of jets: pixels over pseudorapidity and azimuth, filled with constituents.

    Unless `turned` says otherwise, what is done to the positions of constituents is done before
    pixels are filled, so that no interpolation smears them.
    """

    kind: Literal["image"] = Field(description="`image`.")
    channels: Annotated[tuple[Channel, ...], Field(min_length=1)] = Field(
        description="Channels in order: `[{name: all, objects: [charged, neutral]}]`."
    )
    pixels: int = Field(25, gt=0, le=256, description="Pixels along each side.")
    width: PositiveFloat = Field(
        2.5, description="Width of the image, in pseudorapidity and in radians.", le=6.28
    )
    centre: Centre = Field(
        "centroid",
        description="What is at the centre of the image: the `axis` of the sum of all "
        "four-vectors, the mean position weighted with momenta (`centroid`), the `hardest` "
        "constituent, or, of images that are centred already, the `origin`.",
    )
    rotate: bool = Field(
        True,
        description="Whether the principal axis is turned to the vertical, the larger momentum "
        "above.",
    )
    flip: bool = Field(
        True, description="Whether an image is mirrored if its left half has more momentum."
    )
    turned: Turned = Field(
        "constituents",
        description="What is rotated and flipped: `constituents`, before pixels are filled, or, as "
        "older images were made, filled `pixels`, whose momentum is shared among the four pixels "
        "around their new place. That costs mass and sharpness.",
    )
    intensity: Intensity = Field(
        "pt",
        description="What a pixel holds: `pt`, transverse momentum in GeV; `fraction`, its share "
        "of the jet; `root`, the square root of that; `log`, log(1 + pT / GeV).",
    )

    @model_validator(mode="after")
    def _check_layout(self) -> Self:
        names = [channel.name for channel in self.channels]
        twice = sorted({name for name in names if names.count(name) > 1})
        if twice:
            raise ValueError(f"channel {twice[0]} is listed twice")
        shown: Mapping[str, Any] = {channel.name: channel.objects for channel in self.channels}
        ImageLayout(channels=shown, **self.model_dump(exclude={"kind", "channels"}))
        return self

    def describe(self, sqrt_s: float) -> dict[str, Any]:  # noqa: ARG002
        """Describe the representation in JSON types; no pixel depends on the energy."""
        channels = [[channel.name, list(channel.objects)] for channel in self.channels]
        return {**self.model_dump(mode="json"), "channels": channels}
