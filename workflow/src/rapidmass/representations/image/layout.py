"""What the pixels of an image mean."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Literal, get_args

import numpy as np
from numpy.typing import NDArray

Centre = Literal["axis", "centroid", "hardest", "origin"]
Intensity = Literal["pt", "fraction", "root", "log"]
Turned = Literal["constituents", "pixels"]

MOST_ELEMENTS: Final = 2**16  # their numbers are stored in 16 bits


@dataclass(frozen=True)
class ImageLayout:
    """Pixels, and what is done to the constituents of a jet before they are filled.

    Parameters
    ----------
    channels
        Names of the channels, with the objects of the ntuple format that each shows.
    pixels
        Along each side.
    width
        Of a side, in pseudorapidity and in radians.
    centre
        What is at the centre: the axis of the sum of all four-vectors, the mean position weighted
        by transverse momentum (`centroid`), the hardest constituent, or the point where both
        coordinates are 0 (`origin`).
    rotate
        Whether the principal axis is turned to the vertical, with the larger momentum above.
    flip
        Whether the image is mirrored where the left half has the larger momentum.
    turned
        What is rotated and flipped: constituents, before pixels are filled, or, as older images
        were made, filled pixels, whose momentum is shared among those around their new place.
    intensity
        What a pixel holds: transverse momentum in GeV (`pt`), its share of the jet (`fraction`),
        the root of that (`root`), or log(1 + pT / GeV) (`log`).

    Raises
    ------
    ValueError
        If there are no pixels or no channels, or too many, or an object is shown twice.
    """

    channels: Mapping[str, tuple[str, ...]]
    pixels: int = 25
    width: float = 2.5
    centre: Centre = "centroid"
    rotate: bool = True
    flip: bool = True
    turned: Turned = "constituents"
    intensity: Intensity = "pt"

    def __post_init__(self) -> None:
        shown = [name for objects in self.channels.values() for name in objects]
        if not self.channels or not all(self.channels.values()):
            raise ValueError("an image needs channels, and each channel needs objects")
        twice = sorted({name for name in shown if shown.count(name) > 1})
        if twice:
            raise ValueError(f"object {twice[0]} is in two channels of the image")
        if self.pixels < 1 or not (self.width > 0 and math.isfinite(self.width)):
            raise ValueError("an image needs a pixel, and a width above 0")
        if self.n_elements > MOST_ELEMENTS:
            raise ValueError(
                f"{self.n_elements} pixels in all channels are more than {MOST_ELEMENTS}: take "
                "fewer pixels"
            )
        for key, value, known in (
            ("centre", self.centre, get_args(Centre)),
            ("intensity", self.intensity, get_args(Intensity)),
            ("turned", self.turned, get_args(Turned)),
        ):
            if value not in known:
                raise ValueError(f"{key} of an image is {value!r}; write one of {', '.join(known)}")

    @property
    def n_elements(self) -> int:
        """Pixels of all channels."""
        return self.pixels**2 * len(self.channels)

    @property
    def objects(self) -> tuple[str, ...]:
        """All objects that are shown."""
        return tuple(name for objects in self.channels.values() for name in objects)

    @property
    def element_names(self) -> tuple[str, ...]:
        """Channel, row and column of each pixel: `all_3_12`."""
        side = range(self.pixels)
        return tuple(
            f"{c}_{row}_{column}" for c in self.channels for row in side for column in side
        )

    @property
    def scale_groups(self) -> NDArray[np.int64]:
        """The channel of each pixel."""
        return np.repeat(np.arange(len(self.channels)), self.pixels**2)

    @property
    def positions(self) -> NDArray[np.float64]:
        """Middle of each row and of each column, from the centre of the image."""
        return (np.arange(self.pixels) + 0.5) * self.width / self.pixels - self.width / 2
