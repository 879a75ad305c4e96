"""Which scores of data stay hidden until the search is unblinded.

Data are looked at below the lowest cut on each score only. The cuts are quantiles of the weighted
background or of a half of it, so that they are known before any event of data is scored.
"""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from rapidmass.folds import draw_folds, find_thresholds
from rapidmass.stats import find_weighted_quantiles

KEY = b"rapidmass.blinding"


def find_lowest_cut(quantiles: Sequence[float]) -> float:
    """Find the lowest cut of the search.

    Parameters
    ----------
    quantiles
        Shares of the background that the cuts remove; 0 is no cut.

    Returns
    -------
    float
        The smallest above 0; 0 where there is no cut, so that all data are hidden.
    """
    return min((quantile for quantile in quantiles if quantile > 0), default=0.0)


def list_score_columns(schema: pa.Schema) -> list[str]:
    """List the columns of a file of scores that hold scores: `score` and `score_<kind>`."""
    return [name for name in schema.names if name == "score" or name.startswith("score_")]


def find_blinding_thresholds(
    path: Path, columns: Sequence[str] | None, quantile: float
) -> dict[str, float]:
    """Find above which scores data are hidden.

    Parameters
    ----------
    path
        Scores of the background, with the columns `key` and `weight`.
    columns
        Scores to find thresholds of; all of the file if None.
    quantile
        Share of the weighted background below the lowest cut; 0 hides everything.

    Returns
    -------
    dict
        Threshold by column: the lowest of those on all events and on either half (see
        `rapidmass.folds`); minus infinity for the quantile 0.

    Raises
    ------
    ValueError
        If there is no background in a half.
    """
    names = list_score_columns(pq.read_schema(path)) if columns is None else list(columns)
    table = pq.read_table(path, columns=["key", *names, "weight"], use_threads=False)
    weight, folds = table["weight"].to_numpy(), draw_folds(table["key"].to_numpy())
    found = {}
    for name in names:
        score = table[name].to_numpy()
        try:
            halves = find_thresholds(score, weight, folds, [quantile])
            whole = find_weighted_quantiles(score, weight, [quantile])
        except ValueError as error:
            raise ValueError(f"{path}: {error}; without it no cut can blind data") from error
        found[name] = float(min(halves.min(), whole.min()))
    return found


def is_below(table: pa.Table, thresholds: Mapping[str, float]) -> NDArray[np.bool_]:
    """Tell which events no cut on any score selects.

    Parameters
    ----------
    table
        Has the columns that `thresholds` names.
    thresholds
        Lowest cut by column; events above it pass the cut.

    Returns
    -------
    ndarray of bool, shape (events,)
        True for all events without thresholds.
    """
    below = np.ones(table.num_rows, dtype=np.bool_)
    for name, threshold in thresholds.items():
        below &= table[name].to_numpy() <= threshold
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
