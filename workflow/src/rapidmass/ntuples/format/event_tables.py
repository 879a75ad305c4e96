"""Events as tables, to be kept on disk and taken up again bit by bit."""

from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from rapidmass.columnar.four_vectors import FourVectors, count_offsets
from rapidmass.ntuples.format.events import FLAT, Events

OBJECT, MET = "object", "met_attribute"  # before names with blanks, which no field of events has


def tabulate_events(events: Events) -> pa.Table:
    """Put events into a table.

    Parameters
    ----------
    events
        The events.

    Returns
    -------
    pyarrow.Table
        One row an event: a column for each field of `Events`, a list for each number of objects.
    """
    columns: dict[str, Any] = {name: getattr(events, name) for name in FLAT}
    columns |= {f"{MET} {name}": column for name, column in events.met_attributes.items()}
    for name, members in events.objects.items():
        for key, column in members.columns.items():
            columns[f"{OBJECT} {name} {key}"] = pa.LargeListArray.from_arrays(
                pa.array(members.offsets), pa.array(column)
            )
    return pa.table(columns)


def read_events(table: pa.Table) -> Events:
    """Take events from a table.

    Parameters
    ----------
    table
        Of `tabulate_events`.

    Returns
    -------
    Events
        The same events.
    """
    offsets: dict[str, NDArray[np.int64]] = {}
    columns: dict[str, dict[str, NDArray[Any]]] = {}
    attributes: dict[str, NDArray[Any]] = {}
    for label in table.column_names:
        kind, _, rest = label.partition(" ")
        if kind == MET:
            attributes[rest] = table[label].to_numpy()
        elif kind == OBJECT:
            name, key = rest.split(" ")
            lists = table[label].combine_chunks()
            if name not in offsets:
                offsets[name] = count_offsets(lists.value_lengths().to_numpy())
            members = lists.flatten()
            columns.setdefault(name, {})[key] = members.to_numpy(zero_copy_only=False)
    return Events(
        objects={
            name: FourVectors.from_columns(offsets[name], found) for name, found in columns.items()
        },
        met_attributes=attributes,
        **{name: table[name].to_numpy() for name in FLAT},
    )
