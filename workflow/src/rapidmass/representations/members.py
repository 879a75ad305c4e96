"""Numbers of the members of an object, by expressions."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rapidmass.columnar.expressions import Expression, take_numbers
from rapidmass.columnar.jagged import Jagged, spread


def evaluate_members(
    what: str, text: str, like: Jagged, variables: Mapping[str, Any]
) -> NDArray[np.floating]:
    """Compute a number a member; one an event is that of all its members.

    Parameters
    ----------
    what
        What to call it in an error.
    text
        The expression.
    like
        An array of the same events and members.
    variables
        What the expression may name.

    Returns
    -------
    ndarray, shape (members,)
        Event after event.

    Raises
    ------
    ValueError
        If the expression gives anything else.
    """
    try:
        return spread(take_numbers(Expression(text).evaluate(variables)), like).content
    except (TypeError, ValueError) as error:
        raise ValueError(f"{what}, {text!r}: {error}") from None


def check_members(
    what: str,
    text: str,
    values: NDArray[np.floating],
    event: NDArray[np.int64],
    wrong: NDArray[np.bool_],
) -> None:
    """Refuse numbers that no member can have.

    Parameters
    ----------
    what, text
        As for `evaluate_members`.
    values, event
        Shape (members,): numbers, and the entry that each member belongs to.
    wrong
        Shape (members,): which numbers are refused.

    Raises
    ------
    ValueError
        If there is one; the message names the first.
    """
    if wrong.any():
        first = int(np.argmax(wrong))
        raise ValueError(
            f"{what} of a member of entry {event[first]} is {values[first]} "
            f"({np.count_nonzero(wrong)} such members): correct {text!r}, or leave such members "
            "out with `where` of the object"
        )
