"""Run, data set and event number as integers, in which neighbours stay apart."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from rapidmass.columnar.arithmetic import widen
from rapidmass.columnar.jagged import Values

EXACT = {np.dtype(np.float32): 2**24, np.dtype(np.float64): 2**53}  # integers below are exact


def take_identity(name: str, values: Values, n_events: int, start: int) -> NDArray[Any]:
    """Take the numbers that name events.

    Parameters
    ----------
    name
        `run`, `dataset`, `event` or `section`.
    values
        One number an event, or one for all. Signed event numbers (32-bit overflow in some public
        files) keep their bits.
    n_events
        How many events there are.
    start
        Entry number of the first, for errors.

    Returns
    -------
    ndarray, shape (events,)
        uint64 for `event`, int64 for the others.

    Raises
    ------
    ValueError
        If a number is not finite, not whole, or too large for its type to tell it from its
        neighbours; the message names the entry.
    """
    numbers: NDArray[Any] = np.asarray(widen(np.broadcast_to(np.asarray(values), n_events)))
    if numbers.dtype.kind == "f":
        _check_whole(name, numbers, start)
        numbers = numbers.astype(np.int64)
    if name == "event":
        signed = numbers.dtype != np.uint64
        return numbers.astype(np.int64).view(np.uint64) if signed else numbers.copy()
    if numbers.dtype == np.uint64:
        entry = start + int(np.argmax(numbers > np.iinfo(np.int64).max))
        raise ValueError(
            f"entry {entry}: the {name} number {numbers[entry - start]} does not fit into 64 bits "
            f"with a sign; take another number for identity.{name} of the ntuple format"
        )
    return numbers.astype(np.int64)


def _check_whole(name: str, numbers: NDArray[Any], start: int) -> None:
    most = EXACT.get(numbers.dtype, 2**11)
    faults = {
        "is not finite": ~np.isfinite(numbers),
        "is not whole": numbers != np.floor(numbers),
        f"is not below {most}, where a floating-point number of its type has no room for its "
        "neighbours": np.abs(numbers) >= most,
    }
    for fault, mask in faults.items():
        if mask.any():
            row = int(np.argmax(mask))
            raise ValueError(
                f"entry {start + row}: the {name} number {numbers[row]} {fault}; correct "
                f"identity.{name} of the ntuple format. Without 'identity' the name of the file "
                "and the entry number name an event"
            )
