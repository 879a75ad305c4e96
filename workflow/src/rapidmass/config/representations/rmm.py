"""A representation of the kind `rmm`: the rapidity-mass matrix."""

from collections.abc import Mapping
from typing import Annotated, Any, Final, Literal, Self

from pydantic import BeforeValidator, Field, PositiveFloat, model_validator

from rapidmass.config.base import Section
from rapidmass.representations.rmm.layout import DEFAULT_TYPES, Layout

EXAMPLE: Final = "[ljet: 6, bjet: 6]"
# as it is written: defaults are validated too
DEFAULT: Final[Any] = [{name: slots} for name, slots in DEFAULT_TYPES.items()]


def _read_types(written: object) -> dict[object, object]:
    """Read a list of mappings with one key: in the configuration, a mapping has no order."""
    if not isinstance(written, list):
        raise ValueError(
            "must be a list in the order of the matrix's blocks, because the order of keys counts "
            f"nowhere: write types: {EXAMPLE} (it is {written!r})"
        )
    types: dict[object, object] = {}
    for item in written:
        if not isinstance(item, Mapping) or len(item) != 1:
            raise ValueError(
                f"{item!r} is not one object type with its number of slots: write types: {EXAMPLE}"
            )
        ((name, slots),) = item.items()
        if name in types:
            raise ValueError(f"object type {name} is listed twice")
        types[name] = slots
    return types


ObjectTypes = Annotated[
    dict[str, int], BeforeValidator(_read_types, json_schema_input_type=list[dict[str, int]])
]


class MatrixSettings(Section):
    """The rapidity-mass matrix."""

    @model_validator(mode="after")
    def _check_layout(self) -> Self:
        Layout(**self.model_dump(exclude={"kind"}))
        return self

    def describe(self, sqrt_s: float) -> dict[str, Any]:
        """Describe the representation in JSON types.

        Parameters
        ----------
        sqrt_s
            Centre-of-mass energy in GeV: the unit of energies in the convention `reference`.

        Returns
        -------
        dict
            For `rapidmass.representations.registry.make_representation`.
        """
        settings = self.model_dump(mode="json")
        return {**settings, "types": [list(pair) for pair in self.types.items()], "sqrt_s": sqrt_s}

    kind: Literal["rmm"] = Field("rmm", description="`rmm`.")
    types: ObjectTypes = Field(
        DEFAULT,
        description="Slots of each object type, as a list in the order of the blocks: "
        "`[ljet: 6, bjet: 6, ele: 5, muo: 5]`. The types are objects that the ntuple format "
        "defines.",
    )
    convention: Literal["thesis", "reference"] = Field(
        "thesis",
        description="`thesis`: GeV, as the Oslo analysis; `reference`: Chekanov's, in "
        "fractions of `sqrt_s`.",
    )
    angular_scale: PositiveFloat = Field(
        0.15, description="Factor of the rapidity cells, the strictly lower triangle."
    )
