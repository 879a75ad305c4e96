"""Numbers that every event has, as scores: MET, HT, the number of objects."""

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from rapidmass.representations.registry import read_representation
from rapidmass.representations.rmm.representation import get_layout


def score(kind: str, table: pa.Table) -> NDArray[np.float32]:
    """Give the variable of each event.

    Parameters
    ----------
    kind
        `met` or `ht`, columns in GeV; or `multiplicity`.
    table
        Rows of a shard, a megaset or the test set.

    Returns
    -------
    ndarray of float32, shape (events,)
        In GeV, or the number of objects in the matrix: those beyond its slots are not counted.

    Raises
    ------
    ValueError
        If there is no such column.
    """
    if kind == "multiplicity":
        layout = get_layout(read_representation(table.schema), "the baseline multiplicity")
        counts = [table.column(f"n_{name}").to_numpy() for name in layout.types]
        total: NDArray[np.float32] = np.sum(counts, axis=0, dtype=np.float32)
        return total
    if kind not in table.column_names:
        raise ValueError(f"no column {kind!r}, only {', '.join(table.column_names)}")
    values: NDArray[np.float32] = table.column(kind).to_numpy().astype(np.float32)
    return values
