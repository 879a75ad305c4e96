"""A representation of the kind `table`: named features."""

from typing import Annotated, Any, Literal

from pydantic import Field

from rapidmass.config.base import Section
from rapidmass.config.inputs.expression import VariableText
from rapidmass.config.names import Name


class TableSettings(Section):
    """Named features of an event, computed from its event variables."""

    kind: Literal["table"] = Field(description="`table`.")
    features: Annotated[dict[Name, VariableText], Field(min_length=1)] = Field(
        description="Expressions by name, over the same event variables as `cuts`: "
        "`{met: met, lepton: pt_lep1 / met, jets: n_ljet + n_bjet}`. A feature is absent where it "
        "is NaN: where the event lacks a lepton that it needs. Conditions are 1 or 0. An infinite "
        "one is an error."
    )

    def describe(self, sqrt_s: float) -> dict[str, Any]:  # noqa: ARG002
        """Describe the representation in JSON types; no feature depends on the energy."""
        return {"kind": self.kind, "features": [list(pair) for pair in self.features.items()]}
