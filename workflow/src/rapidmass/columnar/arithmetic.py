"""Arithmetic of expressions: right for integers and for flags too.

Integers are computed in 64 bits, signed but for what does not fit there; a result that fits in
neither is an error. True and false count as 1 and 0.
"""

import operator
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any, Literal

import numpy as np

from rapidmass.columnar.jagged import Jagged, Values, apply

Kind = Literal["bool", "integer", "float"]
_KINDS: Mapping[str, Kind] = {"b": "bool", "i": "integer", "u": "integer", "f": "float"}
MOST, LEAST, MOST_UNSIGNED = 2**63 - 1, -(2**63), 2**64 - 1
EXACT_IN_DOUBLE = 2**53  # integers up to here are floating-point numbers without loss
_FAR_BEYOND = 1e20  # no 64 bits hold it, and no rounding brings it back

ARITHMETIC: Mapping[str, Callable[[Any, Any], Any]] = {
    "+": operator.add,
    "-": operator.sub,
    "*": operator.mul,
    "/": np.true_divide,
    "//": operator.floordiv,
    "%": operator.mod,
    "**": operator.pow,
}


def tell_kind(values: Values) -> Kind:
    """Tell what values are.

    Parameters
    ----------
    values
        Jagged, an array or a number.

    Returns
    -------
    str
        `bool`, `integer` or `float`.

    Raises
    ------
    TypeError
        If they are nothing that can be computed with.
    """
    content = values.content if isinstance(values, Jagged) else values
    if isinstance(content, int):
        return "bool" if isinstance(content, bool) else "integer"
    dtype = np.asarray(content).dtype
    if dtype.kind not in _KINDS:
        raise TypeError(f"values of type {dtype} are neither numbers nor flags")
    return _KINDS[dtype.kind]


def widen(values: Values) -> Values:
    """Give numbers room, so that counts and flags of 8, 16 and 32 bits do not wrap.

    Parameters
    ----------
    values
        Jagged, an array or a number.

    Returns
    -------
    values
        Integers as int64, or as uint64 if one does not fit there; floating-point numbers of 16
        bits, which end at 65504, with 64; others as they are.
    """
    if isinstance(values, Jagged):
        content = widen(values.content)
        return values if content is values.content else Jagged(values.offsets, content)
    if not isinstance(values, np.ndarray | np.generic):
        return values
    if values.dtype.kind not in "iu":
        return values.astype(np.float64) if values.dtype == np.float16 else values
    if values.dtype == np.uint64:
        fits = values.size == 0 or int(np.max(values)) <= MOST
        return values.astype(np.int64) if fits else values
    return values.astype(np.int64, copy=False)


def calculate(symbol: str, left: Values, right: Values) -> Values:
    """Compute a sum, difference, product, quotient, remainder or power.

    Parameters
    ----------
    symbol
        A key of `ARITHMETIC`. Integers that are divided by 0 are divided as floating-point numbers.
    left, right
        The operands.

    Returns
    -------
    values
        Integers, if both operands are integers or flags and the operation is not `/`.

    Raises
    ------
    ValueError
        If an integer does not fit into 64 bits.
    """
    kinds = (tell_kind(left), tell_kind(right))
    if "float" in kinds:
        if np.ndim(left) == np.ndim(right) == 0:
            return float(ARITHMETIC[symbol](np.float64(left), np.float64(right)))
        return apply(ARITHMETIC[symbol], left, right)
    return apply(partial(_calculate_integers, symbol), count_flags(left), count_flags(right))


def negate(values: Values) -> Values:
    """Change the sign.

    Parameters
    ----------
    values
        Numbers or flags.

    Returns
    -------
    values
        The opposite numbers; of flags, 0 and -1.
    """
    return -values if tell_kind(values) == "float" else calculate("-", 0, values)


def count_flags(values: Values) -> Values:
    """Make numbers of flags: 1 where true, 0 where false.

    Parameters
    ----------
    values
        Numbers or flags.

    Returns
    -------
    values
        Numbers.
    """
    if tell_kind(values) != "bool":
        return values
    return int(values) if np.ndim(values) == 0 else apply(lambda x: x.astype(np.int64), values)


def _calculate_integers(symbol: str, left: Any, right: Any) -> Any:  # noqa: ANN401
    function = ARITHMETIC[symbol]
    # a part of integers without sign may fit where the whole did not
    left, right = widen(left), widen(right)
    largest = _find_largest(left), _find_largest(right)
    by_zero = symbol in ("//", "%") and np.any(right == 0)
    if symbol == "/" or by_zero or (symbol == "**" and np.any(right < 0)):
        if symbol != "/" and max(largest) > EXACT_IN_DOUBLE:
            raise ValueError(
                f"{symbol} gives fractions or divides by 0, and integers above 2^53 would change "
                "with it; multiply by 1.0 to compute with floating-point numbers"
            )
        quotient = function(np.float64(left), np.float64(right))
        return float(quotient) if np.ndim(quotient) == 0 else quotient
    if _fits(symbol, *largest):
        return function(left, right)
    estimate = np.abs(function(np.float64(left), np.float64(right)))
    if np.any(estimate > _FAR_BEYOND):
        raise ValueError(_refuse(float(np.max(estimate))))
    return compute_exactly(function, left, right)


def _fits(symbol: str, left: int, right: int) -> bool:
    """Tell whether no result can leave 63 bits, by the largest magnitudes of the operands."""
    if max(left, right) > MOST:
        return False
    if symbol in ("+", "-"):
        return left + right <= MOST
    if symbol == "*":
        return left * right <= MOST
    return symbol != "**" or left <= 1 or left.bit_length() * right < 63


def _find_largest(values: Any) -> int:  # noqa: ANN401
    if isinstance(values, int):
        return abs(values)
    return max(abs(int(np.min(values))), abs(int(np.max(values)))) if np.size(values) else 0


def compute_exactly(function: Callable[..., Any], *operands: Any) -> Any:  # noqa: ANN401
    """Apply a function to Python's integers, which have no largest one.

    Slow: for what does not fit into 64 bits before or on the way.

    Parameters
    ----------
    function
        Of elements.
    operands
        Flat arrays of integers or flags, or integers.

    Returns
    -------
    array or int
        int64, or uint64 if one does not fit there.

    Raises
    ------
    ValueError
        If a result fits in neither.
    """
    exact = function(
        *(x if x.dtype.kind == "b" else x.astype(object) for x in map(np.asarray, operands))
    )
    if np.size(exact) == 0:
        return np.zeros(np.shape(exact), dtype=np.int64)
    least, most = (int(pick(exact)) for pick in (np.min, np.max))
    if least >= LEAST and most <= MOST:
        return int(exact) if np.ndim(exact) == 0 else exact.astype(np.int64)
    if least >= 0 and most <= MOST_UNSIGNED:
        return int(exact) if np.ndim(exact) == 0 else exact.astype(np.uint64)
    raise ValueError(_refuse(float(max(abs(least), abs(most)))))


def _refuse(largest: float) -> str:
    return (
        f"integers of about {largest:.3g} do not fit into 64 bits; multiply by 1.0 to compute with "
        "floating-point numbers"
    )


def apply_alike(function: Callable[..., Any], *operands: Values) -> Values:
    """Apply a function that gives elements of its operands, none of which may change by it.

    Parameters
    ----------
    function
        Of elements: `numpy.minimum`, or `numpy.where` of a condition.
    operands
        Jagged, arrays or numbers.

    Returns
    -------
    values
        Integers if all are: those of 64 bits with and without sign have no common type in NumPy,
        and would become floating-point numbers.
    """
    if any(_is_beyond(operand) for operand in operands) and all(
        tell_kind(operand) != "float" for operand in operands
    ):
        return apply(partial(compute_exactly, function), *operands)
    return apply(function, *operands)


def _is_beyond(values: Values) -> bool:
    """Tell whether values are integers of which some may not fit into 64 bits with a sign."""
    content = values.content if isinstance(values, Jagged) else values
    if isinstance(content, int):
        return content > MOST
    return getattr(content, "dtype", None) == np.uint64
