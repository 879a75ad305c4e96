"""Conditions of expressions, and bits of integers.

A condition is true or false. An integer is no condition, as nobody can tell whether its bits or its
being 0 counts: only `and`, `or` and `not` take it, as `!= 0`.
"""

import operator
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from rapidmass.columnar.arithmetic import compute_exactly, tell_kind, widen
from rapidmass.columnar.jagged import Values, apply

BITS: Mapping[str, Callable[[Any, Any], Any]] = {
    "&": operator.and_,
    "|": operator.or_,
    "^": operator.xor,
}


def combine(symbol: str, left: Values, right: Values) -> Values:
    """Combine conditions, or bits of integers.

    Parameters
    ----------
    symbol
        `&`, `|` or `^`.
    left, right
        Both conditions, or both integers.

    Returns
    -------
    values
        A condition, or integers as `widen` gives them.

    Raises
    ------
    TypeError
        If one is a condition and the other is none, or one is a floating-point number.
    """
    kinds = {tell_kind(left), tell_kind(right)}
    if "float" in kinds:
        raise TypeError(
            f"{symbol} needs true or false on both sides: put comparisons in parentheses"
        )
    if len(kinds) == 2:
        raise TypeError(
            f"{symbol} has an integer on one side and true or false on the other: compare the "
            "integer, as in x != 0, or in (x & 2) != 0 for a bit of it"
        )
    function = BITS[symbol]
    try:
        return widen(apply(function, left, right))
    except (OverflowError, TypeError):  # 64 bits without sign beside others with one
        return apply(partial(compute_exactly, function), left, right)


def take_logically(values: Values) -> Values:
    """Take values as `and`, `or` and `not` do.

    Parameters
    ----------
    values
        A condition, or integers, which are true unless they are 0.

    Returns
    -------
    values
        A condition.

    Raises
    ------
    TypeError
        If they are floating-point numbers.
    """
    kind = tell_kind(values)
    if kind == "float":
        raise TypeError("and, or and not need conditions: compare the number, as in x != 0")
    return values if kind == "bool" else values != 0


def check_condition(values: Values, what: str) -> Values:
    """Make sure that values are true or false.

    Parameters
    ----------
    values
        What selects.
    what
        Where it selects, for the error.

    Returns
    -------
    values
        The same.

    Raises
    ------
    TypeError
        If they are numbers.
    """
    kind = tell_kind(values)
    if kind != "bool":
        number = "an integer" if kind == "integer" else "a floating-point number"
        raise TypeError(
            f"{what} must be true or false, and is {number}: compare it, as in x != 0, or in "
            "(x & 2) != 0 for a bit of an integer"
        )
    return values
