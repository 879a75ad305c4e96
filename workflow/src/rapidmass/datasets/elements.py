"""Elements of a representation, for events that are known by their keys."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from rapidmass.representations.registry import read_representation
from rapidmass.storage.key_index import KeyIndex
from rapidmass.storage.parquet import iterate_events, open_shard


def name_elements(paths: Sequence[Path]) -> tuple[str, ...]:
    """Name the elements of the representation of some files.

    Parameters
    ----------
    paths
        Shards or megasets of one representation, at least one.

    Returns
    -------
    tuple of str
        In their order.
    """
    with open_shard(paths[0]) as parquet:
        return read_representation(parquet.schema_arrow, str(paths[0])).element_names


def read_elements(paths: Sequence[Path], keys: NDArray[np.uint64]) -> NDArray[np.float32]:
    """Read the elements of some events.

    Parameters
    ----------
    paths
        Shards or megasets of one representation, at least one; events in any order.
    keys
        Shape (events,): who the events are.

    Returns
    -------
    ndarray of float32, shape (events, elements)
        In the order of the keys; NaN where an event has no such element.

    Raises
    ------
    ValueError
        If an event is in none of the files.
    """
    with open_shard(paths[0]) as parquet:
        representation = read_representation(parquet.schema_arrow, str(paths[0]))
    index = KeyIndex(keys)
    found = np.full((len(keys), len(representation.element_names)), np.nan, dtype=np.float32)
    missing = np.ones(len(keys), dtype=np.bool_)
    for path in paths:
        for table in iterate_events(path, ["key", *representation.columns]):
            rows = index.find(table["key"].to_numpy())
            some = representation.decode(table.filter(pa.array(rows >= 0)))
            found[rows[rows >= 0]] = some.fill(padding=np.nan)
            missing[rows[rows >= 0]] = False
    if missing.any():
        raise ValueError(
            f"event {keys[missing][0]} has a score, but is in none of {len(paths)} files from "
            f"{paths[0]} on: score it anew"
        )
    return found
