"""Regions of a selection: events that a condition lets in."""

from pydantic import Field

from rapidmass.config.base import Section
from rapidmass.config.inputs.expression import VariableText
from rapidmass.config.names import Name


class Region(Section):
    """Events of a selection that a condition lets in."""

    name: Name = Field(description="What it is called.")
    where: VariableText = Field(
        description="Condition on event variables: `m_ll > 110`. An event in none takes no part."
    )
