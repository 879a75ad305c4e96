"""What was found of files before they are used, one Parquet file each."""

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from rapidmass.storage.parquet import open_parquet

METADATA = b"rapidmass.file"
SCHEMA = pa.schema({"key": pa.uint64(), "run": pa.int64(), "event": pa.uint64()})


@dataclass
class FileSummary:
    """What was found of a file.

    Parameters
    ----------
    file
        Its name, without folders.
    entries
        Events that it says it has; None if that cannot be read.
    size
        Bytes that it has or, where that is known, should have; None if nothing is known.
    reason
        Why it cannot be used; None if it can.
    n_bad_events
        Number of events that cannot be used.
    bad_events
        The first of them: `entry`, `run`, `event`, `reason`.
    sum_of_weights
        Of the events that can be used, where the sample is normalised to a sum over the events
        themselves; None elsewhere.
    content
        What tells whether another file holds the same events; None if nothing does.
    """

    file: str
    entries: int | None = None
    size: int | None = None
    reason: str | None = None
    n_bad_events: int = 0
    bad_events: list[dict[str, Any]] = field(default_factory=list)
    sum_of_weights: float | None = None
    content: str | None = None


def read_file_summary(path: Path) -> FileSummary:
    """Read what was found of a file.

    Parameters
    ----------
    path
        What `write_file_summary` wrote.

    Returns
    -------
    FileSummary
        Without its events.
    """
    return FileSummary(**json.loads((pq.read_schema(path).metadata or {})[METADATA]))


def iterate_numbers(path: Path) -> Iterator[pa.Table]:
    """Read keys and numbers of the events of a file, piece by piece.

    Parameters
    ----------
    path
        What `write_file_summary` wrote.

    Yields
    ------
    pyarrow.Table
        `key`, `run`, `event`.
    """
    with open_parquet(path) as parquet:
        for batch in parquet.iter_batches(use_threads=False):
            yield pa.Table.from_batches([batch])
