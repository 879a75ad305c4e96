"""Tables of events, one row an event, with the columns of a representation."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pyarrow as pa

from rapidmass.representations.base import Encoded, Representation
from rapidmass.representations.registry import METADATA, read_representation
from rapidmass.storage.tables import FORMAT


def make_table(
    representation: Representation,
    encoded: Mapping[str, pa.Array],
    columns: Mapping[str, Any],
    selection: str | None = None,
) -> pa.Table:
    """Join event columns with those of a representation.

    Parameters
    ----------
    representation
        How the events are shown.
    encoded
        What it made of them.
    columns
        Further columns, arrays of shape (events,); must hold `key` (uint64).
    selection
        Name of the selection that the events passed, kept in the metadata.

    Returns
    -------
    pyarrow.Table
        `columns`, then those of the representation, which is in its metadata.

    Raises
    ------
    ValueError
        If a column is in both.
    """
    both = sorted(columns.keys() & encoded.keys())
    if both:
        raise ValueError(f"the representation has a column {both[0]!r}, as the events have")
    metadata = {
        "rapidmass.format": FORMAT,
        METADATA: json.dumps(representation.describe()),
    }
    if selection is not None:
        metadata["rapidmass.selection"] = selection
    return pa.table({**columns, **encoded}).replace_schema_metadata(metadata)


def decode(table: pa.Table) -> Encoded:
    """Decode the events of a table, however they are shown.

    Parameters
    ----------
    table
        As read from a shard or megaset, with the columns of its representation.

    Returns
    -------
    Encoded
        Its method `fill` makes dense rows of them.
    """
    return read_representation(table.schema).decode(table)


def get_elements(table: pa.Table, names: Sequence[str], absent: float = np.nan) -> pa.Table:
    """Get named elements as columns, for whoever prefers a data frame (`.to_pandas()`).

    Parameters
    ----------
    table
        As read from a shard or megaset.
    names
        As in `Representation.element_names`: cells of a matrix, features of a table.
    absent
        What an element holds that the event does not have.

    Returns
    -------
    pyarrow.Table
        One float32 column an element, in the order asked for.

    Raises
    ------
    ValueError
        If no element has such a name.
    """
    representation = read_representation(table.schema)
    known = {name: place for place, name in enumerate(representation.element_names)}
    for name in names:
        if name not in known:
            raise ValueError(f"no element {name!r}; see element_names of the representation")
    features = np.array([known[name] for name in names], dtype=np.int64)
    x = representation.decode(table).fill(features=features, padding=absent)
    return pa.table({name: x[:, place] for place, name in enumerate(names)})
