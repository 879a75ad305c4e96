"""Files of scores as tables, which are read in parts."""

from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from numpy.typing import NDArray

from rapidmass.columnar.event_variables import VARIABLES
from rapidmass.storage.parquet import open_parquet

ROWS = 524_288  # that are read at once, where not all are


def iterate_tables(path: Path, columns: Sequence[str]) -> Iterator[pa.Table]:
    """Read a file of scores in parts of `ROWS` events.

    Parameters
    ----------
    path
        The file.
    columns
        Which of its columns.

    Yields
    ------
    pyarrow.Table
        At least one, without rows if the file has none.
    """
    with open_parquet(path) as parquet:
        for batch in parquet.iter_batches(ROWS, columns=list(columns), use_threads=False):
            yield pa.Table.from_batches([batch]).select(list(columns))
        if not parquet.metadata.num_rows:
            yield parquet.schema_arrow.empty_table().select(list(columns))


def get_channels(table: pa.Table) -> NDArray[np.str_]:
    """Get the name of the channel of each event.

    Parameters
    ----------
    table
        With the column `channel`.

    Returns
    -------
    ndarray of str, shape (events,)
        As NumPy has them.
    """
    channel = pc.dictionary_encode(table["channel"].combine_chunks())
    labels = np.array(channel.dictionary.to_pylist(), dtype=np.str_)
    return np.asarray(labels[channel.indices.to_numpy()])


def find_columns(
    path: Path, columns: Sequence[str], score: str, variables: Sequence[str] | None
) -> tuple[list[str], Sequence[str]]:
    """Find the columns to read, and which of them are event variables.

    Parameters
    ----------
    path
        File of scores.
    columns
        Those that are needed in any case.
    score
        Which score.
    variables
        Event variables. None: all of `VARIABLES` that the file has.

    Returns
    -------
    list of str, sequence of str
        All columns, and the event variables.

    Raises
    ------
    ValueError
        If the file lacks one; the message names both.
    """
    present = pq.read_schema(path).names
    wanted = [v for v in VARIABLES if v in present] if variables is None else variables
    needed = list(dict.fromkeys([*columns, score, *wanted]))
    absent = [name for name in needed if name not in present]
    if absent:
        raise ValueError(
            f"{path} has no column {absent[0]!r}, only {', '.join(present)}; score it anew"
        )
    return needed, wanted
