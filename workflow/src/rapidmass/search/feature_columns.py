"""Which columns of files of scores are features of a comparison, and their values."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from numpy.typing import NDArray

from rapidmass.columnar.event_variables import VARIABLES

COUNTS = "n_"  # what columns with numbers of objects begin with


def find_features(paths: Sequence[Path], variables: Sequence[str]) -> list[str]:
    """Find the columns that are compared.

    Parameters
    ----------
    paths
        Files of scores.
    variables
        Columns to compare; none: those that all events have and all numbers of objects.

    Returns
    -------
    list of str
        In the order of the features.

    Raises
    ------
    ValueError
        If a file lacks one that is asked for, or it holds no numbers.
    """
    schemas = {path: pq.read_schema(path) for path in paths}
    names = list(variables) or [
        name
        for name in schemas[paths[0]].names
        if (name in VARIABLES or name.startswith(COUNTS))
        and all(name in schema.names for schema in schemas.values())
    ]
    for path, schema in schemas.items():
        numbers = _list_numbers(schema)
        absent = [name for name in names if name not in numbers]
        if absent:
            raise ValueError(
                f"studies.two_sample.variables: {path} has no numbers named {absent[0]!r}, "
                f"only {', '.join(numbers)}"
            )
    return names


def stack_features(table: pa.Table, names: Sequence[str]) -> NDArray[np.float64]:
    """Stack columns of a table.

    Parameters
    ----------
    table
        Of one file.
    names
        From `find_features`.

    Returns
    -------
    ndarray, shape (events, features)
        NaN where an event has none.
    """
    return np.column_stack([pc.cast(table[name], pa.float64()).to_numpy() for name in names])


def _list_numbers(schema: pa.Schema) -> list[str]:
    kinds = (pa.types.is_floating, pa.types.is_integer, pa.types.is_boolean)
    return [field.name for field in schema if any(kind(field.type) for kind in kinds)]
