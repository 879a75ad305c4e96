"""Several files with scores of the same events, read side by side."""

from collections.abc import Iterator, Sequence
from functools import partial
from itertools import zip_longest
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from rapidmass.scores.blinding import read_thresholds
from rapidmass.scores.tables import ROWS
from rapidmass.storage.key_index import KeyIndex
from rapidmass.storage.parquet import open_parquet
from rapidmass.storage.rows import Rows

ROWS_AT_ONCE = 2_000_000  # each look-up among all events reads these once


def iterate_alike(paths: Sequence[Path], columns: Sequence[str] | None) -> Iterator[list[pa.Table]]:
    """Read the events that all files have, in pieces.

    Only blinded files may lack events that others have; then the keys of all are held in memory,
    24 bytes an event.

    Parameters
    ----------
    paths
        Files of scores.
    columns
        Of the first file; all if None. Of the others `key` and `score` are read.

    Yields
    ------
    list of pyarrow.Table
        The same events of each file; at least once.

    Raises
    ------
    ValueError
        If files hold scores of other events; the message names them.
    """
    common = _find_common(paths)
    keep = None if common is None else partial(_is_common, KeyIndex(common))
    wanted = [columns, *[["key", "score"]] * (len(paths) - 1)]
    files = [Rows(path, names, ROWS, keep) for path, names in zip(paths, wanted, strict=True)]
    rows = ROWS_AT_ONCE
    while rows == ROWS_AT_ONCE:
        tables = [some.take(ROWS_AT_ONCE) for some in files]
        keys = tables[0]["key"]
        rows = len(keys)
        for path, table in zip(paths, tables, strict=True):
            if not table["key"].equals(keys):
                raise ValueError(
                    f"{path} holds other events than {paths[0]}, or holds them in another order; "
                    "remove both to have them made anew"
                )
        yield tables


def _find_common(paths: Sequence[Path]) -> NDArray[np.uint64] | None:
    """Find the keys of the events that all files have; None if no file lacks any."""
    if not any(map(read_thresholds, paths)):
        if len({pq.read_metadata(path).num_rows for path in paths}) > 1:
            raise ValueError(
                f"{', '.join(map(str, paths))} hold scores of other events; remove them to have "
                "them made anew"
            )
        return None
    common, *others = (
        pq.read_table(path, columns=["key"], use_threads=False)["key"].to_numpy() for path in paths
    )
    for keys in others:
        common = common[np.isin(common, keys)]
    return np.asarray(common)


def _is_common(index: KeyIndex, table: pa.Table) -> NDArray[np.bool_]:
    return np.asarray(index.find(table["key"].to_numpy()) >= 0)


def check_same_keys(paths: Sequence[Path]) -> None:
    """Check that files hold scores of the same events in the same order.

    Parameters
    ----------
    paths
        Files of scores, which are read in pieces.

    Raises
    ------
    ValueError
        If an event differs; the message names two files.
    """
    first, *others = dict.fromkeys(paths)
    for path in others:
        pairs = zip_longest(_iterate_keys(first), _iterate_keys(path))
        if any(one is None or not one.equals(other) for one, other in pairs):
            raise ValueError(
                f"{path} holds scores of other events than {first}: score the same test set with "
                "both"
            )


def _iterate_keys(path: Path) -> Iterator[pa.RecordBatch]:
    with open_parquet(path) as parquet:
        yield from parquet.iter_batches(ROWS, columns=["key"], use_threads=False)
