"""Expressions as values of the configuration."""

import keyword
from typing import Annotated

from pydantic import AfterValidator

from rapidmass.columnar.event_variables import LEPTONS, MISSING, STANDING
from rapidmass.columnar.expressions import Expression
from rapidmass.columnar.vectors import ATTRIBUTES
from rapidmass.config.names import Name

# columns of tables of events
COLUMNS = frozenset(
    {
        "key", "run", "event", "sample", "channel", "weight", "generator_weight", "scale_factor",
        "met_phi", "flavour", "alteration", "rmm",
    }
)  # fmt: skip


def _take_branches(text: str) -> str:
    expression = Expression(text)
    if expression.vector_functions:
        raise ValueError(
            f"expression {text!r} is over branches, and {min(expression.vector_functions)}(...) is "
            "of objects: use it under 'variables', in cuts"
        )
    return expression.text


def _take_objects(text: str) -> str:
    return Expression(text).text


def _check_word(name: str) -> str:
    if not name.isidentifier() or keyword.iskeyword(name):
        raise ValueError(f"{name!r} cannot stand in an expression: begin it with a letter")
    return name


def _check_variable(name: str) -> str:
    taken = {*STANDING, LEPTONS, MISSING, *COLUMNS}
    if name in taken or name.startswith(("n_", "score")):
        raise ValueError(f"the name {name!r} has a meaning already: give the variable another")
    return name


def _check_attribute(name: str) -> str:
    if name in ATTRIBUTES or name.startswith("is_"):
        raise ValueError(f"the name {name!r} has a meaning already: give the attribute another")
    return name


ExpressionText = Annotated[str, AfterValidator(_take_branches)]
"""Valid expression over branches in its canonical form: spacing and parentheses are lost."""
VariableText = Annotated[str, AfterValidator(_take_objects)]
"""Valid expression over the objects of an event, in its canonical form."""
VariableName = Annotated[Name, AfterValidator(_check_word), AfterValidator(_check_variable)]
"""Name of a variable that is defined by an expression."""
AttributeName = Annotated[Name, AfterValidator(_check_word), AfterValidator(_check_attribute)]
"""Name of what is known of an object besides its four-momentum."""
