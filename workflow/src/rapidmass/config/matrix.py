"""The `rmm` block: layout of the rapidity-mass matrix."""

from typing import Literal

from pydantic import Field, PositiveFloat

from rapidmass.config.base import Section


class MatrixSettings(Section):
    """Layout of the rapidity-mass matrix."""

    types: dict[str, int] = Field(
        {"ljet": 6, "bjet": 6, "ele": 5, "muo": 5},
        description="Slots of each object type, in the order of the blocks; the types are objects "
        "that the ntuple format defines.",
    )
    convention: Literal["thesis", "reference"] = Field(
        "thesis", description="`thesis`: GeV, as the Oslo analysis; `reference`: Chekanov's."
    )
    sqrt_s: PositiveFloat = Field(13000.0, description="Centre-of-mass energy in GeV.")
    angular_scale: PositiveFloat = Field(
        0.15, description="Factor of the rapidity cells, the strictly lower triangle."
    )
