"""Where the cuts on a score lie that data are blinded above."""

from collections.abc import Iterator, Sequence
from functools import partial
from itertools import chain
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from rapidmass.scores.halves import find_halves_thresholds
from rapidmass.scores.ordered import make_bare_events, open_ordered
from rapidmass.scores.read import ScoredEvents
from rapidmass.scores.tables import ROWS
from rapidmass.statistics.running_quantiles import find_ordered_quantiles
from rapidmass.storage.parquet import open_parquet


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
    path: Path, columns: Sequence[str] | None, quantile: float, folder: Path
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
    folder
        Where events may lie meanwhile.

    Returns
    -------
    dict
        Threshold by column: the lowest of those on all events and on either half (see
        `rapidmass.statistics.folds`); minus infinity for the quantile 0.

    Raises
    ------
    ValueError
        If there is no background in a half.
    """
    names = list_score_columns(pq.read_schema(path)) if columns is None else list(columns)
    found = {}
    for name in names:
        try:
            with open_ordered(partial(_iterate, path, name), folder) as pieces:
                halves = find_halves_thresholds(pieces, [quantile])
                whole = find_ordered_quantiles(pieces, [quantile])
        except ValueError as error:
            raise ValueError(f"{path}: {error}; without it no cut can blind data") from error
        found[name] = float(min(halves.min(), whole.min()))
    return found


def _iterate(path: Path, name: str) -> Iterator[ScoredEvents]:
    """Read a score in pieces; equal ones stay equal."""
    columns = ["key", name, "weight"]
    with open_parquet(path) as parquet:
        batches = parquet.iter_batches(ROWS, columns=columns, use_threads=False)
        # a file without events tells its columns
        for batch in chain(batches, [parquet.schema_arrow.empty_table()]):
            key, score, weight = (batch[column].to_numpy() for column in columns)
            yield make_bare_events(key, score.astype(np.float64), weight, {})
