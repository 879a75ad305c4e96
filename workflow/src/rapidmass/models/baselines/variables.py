"""Event variables as scores."""

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray


def score(name: str, table: pa.Table) -> NDArray[np.float32]:
    """Give the variable of each event.

    Parameters
    ----------
    name
        The variable, a column.
    table
        Rows of a shard, a megaset or the test set.

    Returns
    -------
    ndarray of float32, shape (events,)
        As it is.

    Raises
    ------
    ValueError
        If there is no such column, or an event has no finite number there.
    """
    if name not in table.column_names:
        raise ValueError(f"no column {name!r}, only {', '.join(table.column_names)}")
    values: NDArray[np.float32] = table.column(name).to_numpy().astype(np.float32)
    bad = np.flatnonzero(~np.isfinite(values))
    if bad.size:
        raise ValueError(
            f"the variable {name} of event {table.column('key')[int(bad[0])].as_py()} is "
            f"{values[bad[0]]} ({bad.size} such events), which is no score: define a variable that "
            "has a number there, as in where(isfinite(x), x, 0)"
        )
    return values
