"""Sums that do not depend on the order of their terms, as they are rounded once: when read."""

import math
from collections.abc import Iterable
from fractions import Fraction


def add_exactly(numbers: Iterable[float]) -> list[float]:
    """Add numbers without rounding.

    Parameters
    ----------
    numbers
        What is added: among them what other sums came to.

    Returns
    -------
    list of float
        Few numbers that add up to exactly the same, largest first. The first is the sum, correctly
        rounded; 0 alone if there is nothing to add. A sum that is not finite is one number.
    """
    terms = list(numbers)
    if not all(map(math.isfinite, terms)):
        return [sum(terms)]
    rest = sum(map(Fraction, terms), Fraction())
    found: list[float] = []
    try:
        while rest or not found:
            found.append(float(rest))
            rest -= Fraction(found[-1])
    except OverflowError:
        return [math.inf if rest > 0 else -math.inf]
    return found
