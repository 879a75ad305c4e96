"""A representation of the kind `sequence`: the members of an object in order."""

from typing import Annotated, Any, Literal, Self

from pydantic import Field, model_validator

from rapidmass.config.base import Section
from rapidmass.config.inputs.expression import VariableText
from rapidmass.config.names import Name
from rapidmass.representations.sequence.layout import SequenceLayout


class Order(Section):
    """In which order members come."""

    by: VariableText | None = Field(
        None,
        description="A number of each member, the largest first: `abs(track.d0_significance)`. "
        "Equal ones, and all of them where it is left out, come by falling pT.",
    )
    ascending: bool = Field(False, description="Whether the smallest comes first.")
    shuffled: bool = Field(
        False,
        description="Whether the order is drawn at random instead. It follows from the momenta of "
        "the members alone, so that it is the same each time.",
    )


class SequenceSettings(Section):
    """The members of an object one after the other, each with the same features.

    Members beyond the last slot are left out. Slots behind the last member are absent.
    """

    kind: Literal["sequence"] = Field(description="`sequence`.")
    object: Name = Field(description="Object of the ntuple format whose members they are: `track`.")
    length: int = Field(15, gt=0, le=4096, description="Members that have a slot.")
    features: Annotated[dict[Name, VariableText], Field(min_length=1)] = Field(
        description="Numbers of a member by name, as expressions: `{d0: track.d0_significance, "
        "share: track.pt / jet[0].pt, distance: dr(track, jet[0])}`. What is a number an event is "
        "the same for all members. A feature that is NaN is absent, an infinite one an error."
    )
    order: Order = Field(Order(), description="In which order they come.")

    @model_validator(mode="after")
    def _check_layout(self) -> Self:
        settings = self.describe(0.0)
        features = tuple((name, text) for name, text in settings.pop("features"))
        settings.pop("kind")
        SequenceLayout(features=features, **settings)
        return self

    def describe(self, sqrt_s: float) -> dict[str, Any]:  # noqa: ARG002
        """Describe the representation in JSON types; no feature depends on the energy."""
        return {
            "kind": self.kind,
            "object": self.object,
            "length": self.length,
            "features": [list(pair) for pair in self.features.items()],
            **self.order.model_dump(mode="json"),
        }
