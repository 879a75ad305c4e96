"""What events are, for models that are trained to tell them apart: their labels."""

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from rapidmass.config.models.network import Target


def list_target_columns(target: Target) -> tuple[str, ...]:
    """List the columns of a megaset that `label_events` reads.

    Parameters
    ----------
    target
        What events are labelled by.

    Returns
    -------
    tuple of str
        Names.
    """
    sample = ("sample",)
    columns = {"none": (), "samples": sample, "numbered": sample, "classes": ("channel",)}
    return columns.get(target.kind, (target.variable,))


def label_events(table: pa.Table, target: Target) -> NDArray[np.float32] | None:
    """Label events.

    Parameters
    ----------
    table
        Rows of a megaset, with the columns of `list_target_columns`.
    target
        What they are labelled by.

    Returns
    -------
    ndarray of float32, shape (events,), or None
        `samples`: 1 for events of these samples, else 0. `numbered`: k for events of the k-th of
        these samples, from 1, else 0. `classes`: the number of the class that
        the channel is in, from 0. `region`: 1 in the window (its upper end is outside), else 0.
        None without a target.

    Raises
    ------
    ValueError
        If an event is in no class, or lacks the variable.
    """
    if target.kind == "none":
        return None
    if target.kind == "samples":
        signal = pa.array(target.signal, pa.string())
        chosen = pc.is_in(table.column("sample").cast(pa.string()), value_set=signal)
        return np.asarray(chosen.to_numpy(), dtype=np.float32)
    if target.kind == "numbered":
        signal = pa.array(target.signal, pa.string())
        places = pc.index_in(table.column("sample").cast(pa.string()), value_set=signal)
        return np.asarray(pc.fill_null(places, -1).to_numpy() + 1, dtype=np.float32)
    if target.kind == "classes":
        return _number_classes(table.column("channel").cast(pa.string()), target)
    values = table.column(target.variable).to_numpy()
    if np.isnan(values).any():
        raise ValueError(
            f"{np.count_nonzero(np.isnan(values))} events lack {target.variable}: they are "
            "neither in the region nor beside it; let the selection ask for it"
        )
    low, high = target.window
    inside: NDArray[np.bool_] = (values >= low) & (values < high)
    return inside.astype(np.float32)


def _number_classes(channels: pa.ChunkedArray, target: Target) -> NDArray[np.float32]:
    numbers = {name: k for k, group in enumerate(target.classes) for name in group}
    places = pc.index_in(channels, value_set=pa.array(numbers, pa.string()))
    if places.null_count:
        lost = channels.filter(pc.is_null(places))[0].as_py()
        raise ValueError(f"events of the channel {lost} are in no class of the target")
    order = np.array([*numbers.values()], dtype=np.float32)
    numbered: NDArray[np.float32] = order[places.to_numpy()]
    return numbered
