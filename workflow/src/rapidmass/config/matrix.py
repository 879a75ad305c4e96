"""The `rmm` block: layout of the rapidity-mass matrix."""

from typing import Literal, Self

from pydantic import Field, PositiveFloat, model_validator

from rapidmass.config.base import Section
from rapidmass.rmm.layout import Layout


class MatrixSettings(Section):
    """Layout of the rapidity-mass matrix."""

    @model_validator(mode="after")
    def _check_layout(self) -> Self:
        self.make_layout()
        return self

    def make_layout(self) -> Layout:
        """Make the layout that these settings describe."""
        return Layout(**self.model_dump())

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
