"""Expressions as values of the configuration."""

from typing import Annotated

from pydantic import AfterValidator

from rapidmass.columnar.expressions import Expression


def _write_canonically(text: str) -> str:
    return Expression(text).text


ExpressionText = Annotated[str, AfterValidator(_write_canonically)]
"""Text of a valid expression in its canonical form: spacing and needless parentheses are lost."""
