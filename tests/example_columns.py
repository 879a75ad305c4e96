"""Columns of a few events, flat and jagged, for tests of expressions."""

import numpy as np

from rapidmass.columnar.jagged import Jagged


def make_jagged(rows):
    """A Jagged array of a list of lists."""
    return Jagged(np.cumsum([0, *map(len, rows)]), np.concatenate([np.array(row) for row in rows]))


def to_list(values):
    if not isinstance(values, Jagged):
        return np.asarray(values).tolist()
    return [part.tolist() for part in np.split(values.content, values.offsets[1:-1])]


VALUES = {
    "pt": Jagged(np.array([0, 2, 2, 3]), np.array([30.0, 20.0, 50.0])),
    "eta": Jagged(np.array([0, 2, 2, 3]), np.array([-1.0, 2.6, 0.5])),
    "flag": Jagged(np.array([0, 2, 2, 3]), np.array([True, True, False])),
    "met": np.array([10.0, 20.0, 30.0]),
    "year": np.array([2015, 2016, 2017]),
}


FLAGS = {
    "bits": np.array([1, 2, 6, 0], np.uint8),
    "other": np.array([2, 2, 1, 0], np.int32),
    "tags": Jagged(np.array([0, 2, 2, 3, 3]), np.array([0, 1, 3], np.uint32)),
    "pt": np.array([30.0, 10.0, 30.0, 30.0]),
}
