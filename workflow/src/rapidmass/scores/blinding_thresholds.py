"""Where the cuts on a score lie that data are blinded above."""

from collections.abc import Sequence
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from rapidmass.statistics.folds import draw_folds, find_thresholds
from rapidmass.statistics.weighted_events import find_weighted_quantiles


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
        `rapidmass.statistics.folds`); minus infinity for the quantile 0.

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
