"""Scores of events in memory, for whoever calls the library."""

from pathlib import Path

import pyarrow as pa

from rapidmass.models.export.onnx_model import Model
from rapidmass.representations.registry import read_representation


def score(model: Path | str, events: pa.Table, *, threads: int = 1) -> pa.Table:
    """Score events with an exported network.

    Parameters
    ----------
    model
        A file `model.onnx`.
    events
        Rows of a shard, megaset or test set, as `rapidmass.read_shard` gives them.
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
    if read_representation(events.schema) != network.representation:
        raise ValueError(f"{network.path} was made for events that are shown in another way")
    names = [name for name in network.outputs if name.startswith("score_")]
    return pa.table({"key": events.column("key"), **network.run(events, names)})
