"""A representation of the kind `objects`: objects of several types in order."""

from typing import Annotated, Any, Literal, Self

from pydantic import Field, model_validator

from rapidmass.config.base import Section
from rapidmass.config.inputs.expression import VariableText
from rapidmass.config.names import Name
from rapidmass.representations.registry import make_representation


class ObjectType(Section):
    """Slots of one type of objects."""

    object: Name = Field(
        description="Object of the ntuple format: `ele`; or `met`, of which each event has one."
    )
    length: int = Field(
        1,
        gt=0,
        le=4096,
        description="Objects that have a slot, by falling pT; others are left out.",
    )
    features: Annotated[dict[Name, VariableText], Field(min_length=1)] = Field(
        description="Numbers of an object by name, as expressions: `{pt: log(ele.pt), eta: "
        "ele.eta, x: 'cos(dphi(ele, met))', charge: ele.charge}`. What is a number an event is the "
        "same for all of them. A feature that is NaN is absent, an infinite one an error."
    )


class ObjectsSettings(Section):
    """Objects of an event, type after type, each with its features.

    Slots behind the last object of a type are absent.
    """

    kind: Literal["objects"] = Field(description="`objects`.")
    types: Annotated[tuple[ObjectType, ...], Field(min_length=1)] = Field(
        description="Types of objects in the order of their slots."
    )

    @model_validator(mode="after")
    def _check_layout(self) -> Self:
        make_representation(self.describe(0.0))
        return self

    def describe(self, sqrt_s: float) -> dict[str, Any]:  # noqa: ARG002
        """Describe the representation in JSON types; no feature depends on the energy."""
        blocks = [
            [one.object, one.length, [list(pair) for pair in one.features.items()]]
            for one in self.types
        ]
        return {"kind": self.kind, "blocks": blocks}
