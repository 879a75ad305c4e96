"""The training part and the validation part of the events that a network may see."""

from typing import Literal

import numpy as np
from numpy.typing import NDArray

from rapidmass.identity import draw_uniform

Part = Literal["training", "validation"]


def select_part(
    keys: NDArray[np.uint64], part: Part, validation_fraction: float
) -> NDArray[np.bool_]:
    """Tell which events belong to a part.

    Parameters
    ----------
    keys
        Shape (events,): event keys.
    part
        `training` or `validation`.
    validation_fraction
        Fraction of the events in the validation part, 0 up to, not including, 1.

    Returns
    -------
    ndarray of bool, shape (events,)
        A function of each event's key alone.

    Raises
    ------
    ValueError
        If the fraction is out of range.
    """
    if not 0 <= validation_fraction < 1:
        raise ValueError(f"validation fraction {validation_fraction} is not in [0, 1)")
    validation = draw_uniform(keys, "validation") < validation_fraction
    return validation if part == "validation" else ~validation
