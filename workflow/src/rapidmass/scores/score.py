"""Scores of events in memory, for whoever calls the library."""

from pathlib import Path

import pyarrow as pa

from rapidmass.models.export.onnx_model import Model
from rapidmass.representations.rmm.columns import get_layout


def score(model: Path | str, events: pa.Table, *, threads: int = 1) -> pa.Table:
    """Score events with an exported network.

    Parameters
    ----------
    model
        A file `model.onnx`.
    events
        Rows of a shard, megaset or test set, as `rapidmass.read_events` gives them.
    threads
        Processor threads.

    Returns
    -------
    pyarrow.Table
        `key` of each event, and a column `score_<name>` for each score that the network gives.

    Raises
    ------
    ValueError
        If the file is no network, or was made for other events.
    """
    network = Model(Path(model), threads)
    if get_layout(events.schema) != network.layout:
        raise ValueError(f"{network.path} was made for events of another layout")
    names = [name for name in network.outputs if name.startswith("score_")]
    return pa.table({"key": events.column("key"), **network.run(events, names)})
