"""Lists of numbers, one list an event, in flat arrays.

What expressions need of jagged arrays, at the price of the same operation on a flat array.
"""

from collections.abc import Callable
from typing import Any, TypeAlias

import numpy as np
from numpy.lib.mixins import NDArrayOperatorsMixin
from numpy.typing import NDArray


class Jagged(NDArrayOperatorsMixin):
    """Events x members.

    NumPy's functions of elements and Python's operators work on it. Beside it may stand numbers,
    one number an event, and arrays of the same events with as many members each.

    Parameters
    ----------
    offsets
        Shape (events + 1,): int64, where each event's members start; from 0.
    content
        Shape (members,): numbers or booleans.
    """

    ndim = 2

    def __init__(self, offsets: NDArray[np.int64], content: NDArray[Any]) -> None:
        self.offsets = offsets
        self.content = content

    def __len__(self) -> int:
        return len(self.offsets) - 1

    def __repr__(self) -> str:
        return f"Jagged({len(self)} events, {self.content!r})"

    def __array_ufunc__(
        self,
        function: np.ufunc,
        method: str,
        *operands: "Values",
        **options: Any,  # noqa: ANN401
    ) -> Any:  # noqa: ANN401
        """Apply a function of elements, as NumPy asks for."""
        if method != "__call__" or options:
            return NotImplemented
        return apply(function, *operands)

    @property
    def counts(self) -> NDArray[np.int64]:
        """Number of members of each event, shape (events,)."""
        return np.diff(self.offsets)

    def reduce(self, function: np.ufunc, empty: float) -> NDArray[Any]:
        """Combine the members of each event.

        Parameters
        ----------
        function
            Of two numbers, such as `numpy.add`.
        empty
            What an event without members gives.

        Returns
        -------
        ndarray, shape (events,)
            In double precision for floating-point numbers.
        """
        content = self.content
        content = content.astype(np.float64 if content.dtype.kind == "f" else np.int64)
        filled = self.counts > 0
        dtype = np.result_type(content.dtype, np.min_scalar_type(empty))
        combined = np.full(len(self), empty, dtype=dtype)
        if filled.any():
            # up to the next of these starts lie an event's own members, and no others
            combined[filled] = function.reduceat(content, self.offsets[:-1][filled])
        return combined


Values: TypeAlias = Any  # a Jagged, an array of shape (events,) or a number


def apply(function: Callable[..., NDArray[Any]], *operands: Values) -> Values:
    """Apply a function of elements to arrays that may be jagged.

    Parameters
    ----------
    function
        Takes and gives flat arrays.
    operands
        Jagged arrays, arrays of shape (events,), numbers.

    Returns
    -------
    Jagged or ndarray
        Jagged if an operand is.

    Raises
    ------
    ValueError
        If the operands do not fit together; the message says how not.
    """
    like = next((operand for operand in operands if isinstance(operand, Jagged)), None)
    if like is None:
        return function(*operands)
    return Jagged(like.offsets, function(*(_spread(operand, like) for operand in operands)))


def spread(values: Values, like: Jagged) -> Jagged:
    """Give each member of an array a value.

    Parameters
    ----------
    values
        Jagged with as many members, one value an event, or one value.
    like
        The array.

    Returns
    -------
    Jagged
        Of the same events and members.

    Raises
    ------
    ValueError
        If the operands do not fit together; the message says how not.
    """
    return Jagged(like.offsets, np.broadcast_to(_spread(values, like), like.content.shape))


def _spread(values: Values, like: Jagged) -> Values:
    if np.ndim(values) == 0:
        return values
    if len(values) != len(like):
        raise ValueError(f"there are {len(values)} events on one side and {len(like)} on the other")
    if not isinstance(values, Jagged):
        return np.repeat(values, like.counts)
    if values.offsets is not like.offsets and not np.array_equal(values.offsets, like.offsets):
        event = int(np.flatnonzero(values.counts != like.counts)[0])
        raise ValueError(
            f"event {event} has {values.counts[event]} members on one side and "
            f"{like.counts[event]} on the other"
        )
    return values.content
