"""Lists of objects from trees that have branches of their own for each object: `pt1`, `pt2`, ..."""

import numpy as np
from numpy.typing import NDArray

from rapidmass.columnar.arithmetic import tell_kind
from rapidmass.columnar.conditions import check_condition
from rapidmass.columnar.jagged import Jagged, Values


def gather_members(*operands: Values) -> Jagged:
    """Make the list of an event from numbers that the event has anyway.

    Parameters
    ----------
    operands
        In turn, whether a member is there, and its value: one number an event each, or one number.

    Returns
    -------
    Jagged
        The members that are there, in this order.

    Raises
    ------
    TypeError
        If an operand is a list, a condition is none, or integers have no common type.
    ValueError
        If no operand tells the number of events, or they tell several.
    """
    for condition in operands[::2]:
        check_condition(condition, "what tells whether a member is there")
    if any(isinstance(operand, Jagged) for operand in operands):
        raise TypeError("members are of numbers an event, not of lists")
    shape = np.broadcast_shapes(*(np.shape(operand) for operand in operands))
    if not shape:
        raise ValueError("members needs a branch")

    def stack(columns: tuple[Values, ...]) -> NDArray[np.generic]:
        return np.stack([np.broadcast_to(np.asarray(column), shape) for column in columns], axis=1)

    present, values = stack(operands[::2]), stack(operands[1::2])
    if values.dtype.kind == "f" and all(tell_kind(column) != "float" for column in operands[1::2]):
        raise TypeError("members are integers with and without a sign, which have no common type")
    offsets = np.concatenate([[0], np.cumsum(present.sum(axis=1))]).astype(np.int64)
    return Jagged(offsets, values[present])
