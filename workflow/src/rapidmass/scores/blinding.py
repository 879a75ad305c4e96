"""Which scores of data stay hidden until the search is unblinded.

Data are looked at below the lowest cut on each score only. The cuts are quantiles of the weighted
background or of a half of it, so that they are known before any event of data is scored.
"""

import json
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

KEY = b"rapidmass.scores.blinding"


def is_below(table: pa.Table, thresholds: Mapping[str, float]) -> NDArray[np.bool_]:
    """Tell which events no cut on any score selects.

    Parameters
    ----------
    table
        Has the columns that `thresholds` names.
    thresholds
        Lowest cut by column; events above it pass the cut, and some of those at it, where
        scores are equal.

    Returns
    -------
    ndarray of bool, shape (events,)
        True for all events without thresholds.
    """
    below = np.ones(table.num_rows, dtype=np.bool_)
    for name, threshold in thresholds.items():
        below &= table[name].to_numpy() < threshold
    return below


def write_thresholds(thresholds: Mapping[str, float]) -> dict[bytes, bytes]:
    """Write thresholds as metadata of a file of scores, which then says what is not in it."""
    return {KEY: json.dumps({name: repr(value) for name, value in thresholds.items()}).encode()}


def read_thresholds(path: Path) -> dict[str, float]:
    """Read above which scores events are missing from a file of scores.

    Parameters
    ----------
    path
        Scores.

    Returns
    -------
    dict
        Threshold by column; nothing where all events are there.
    """
    text = (pq.read_schema(path).metadata or {}).get(KEY, b"{}")
    return {name: float(value) for name, value in json.loads(text).items()}
