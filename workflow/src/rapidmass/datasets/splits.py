"""The training part and the validation part of the events that a network may see."""

from typing import Literal

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from rapidmass.storage.event_keys import draw_uniform

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


def leave_out(events: pa.Table, channel: str | None) -> NDArray[np.bool_]:
    """Tell which events belong to other channels than one.

    Parameters
    ----------
    events
        With the column `channel`, if one is to be left out.
    channel
        Name of the channel; None leaves out nothing.

    Returns
    -------
    ndarray of bool, shape (events,)
        Whether to keep an event.
    """
    if channel is None:
        return np.ones(events.num_rows, dtype=np.bool_)
    kept: NDArray[np.bool_] = pc.not_equal(events.column("channel"), channel).to_numpy()
    return kept
