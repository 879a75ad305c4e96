"""Events of all background shards in one file."""

import logging
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa

from rapidmass.datasets.folds import is_test
from rapidmass.datasets.megasets import (
    BackgroundShard,
    count_rows,
    iterate_weighted,
    refuse_repeated,
)
from rapidmass.provenance.atomic_files import write_whole
from rapidmass.storage.parquet import ROWS_PER_GROUP, GroupedWriter
from rapidmass.storage.sorting import KeySorter

logger = logging.getLogger(__name__)


def merge_test_set(
    shards: Sequence[BackgroundShard],
    output: Path,
    *,
    test_fraction: float,
    provenance: Mapping[str, Any],
) -> None:
    """Merge the events of shards that belong to the test set, a piece at a time.

    Parameters
    ----------
    shards
        All background shards of a selection, of one representation.
    output
        The Parquet file to write: sorted by key; `sample`, `channel` and `weight` in pb, as the
        test sets of megasets have them.
    test_fraction
        Share of the events in the test set; 1 for all.
    provenance
        Stored in the file.

    Raises
    ------
    ValueError
        If a shard is damaged, representations or selections differ, or two shards of a sample hold
        the same event.
    """
    tested = (
        events.filter(pa.array(is_test(events["key"].to_numpy(), test_fraction)))
        for shard in shards
        for events in iterate_weighted(shard)
    )
    rows = round(test_fraction * count_rows(shards))
    merge_events(tested, shards, output, rows=rows, provenance=provenance)


def merge_events(
    tables: Iterable[pa.Table],
    shards: Sequence[BackgroundShard],
    output: Path,
    *,
    rows: int,
    provenance: Mapping[str, Any],
    columns: Sequence[str] = ("sample",),
) -> None:
    """Write events in the order of their keys, with bounded memory.

    Parameters
    ----------
    tables
        The events, with `sample`, in any order; at least one table.
    shards
        Where they come from.
    output
        The Parquet file to write.
    rows
        About how many events come.
    provenance
        Stored in the file.
    columns
        What is equal, beside the keys, if two events are one. With `sample` among them.

    Raises
    ------
    RepeatedEventError
        If an event comes twice.
    """
    order = [(name, "ascending") for name in ("key", *columns)]
    with write_whole(output) as path, KeySorter(output.parent, rows) as sorter:
        for events in tables:
            sorter.add(events)
        with GroupedWriter(path, events.schema, provenance) as writer:
            for piece in sorter.drain(1 + sorter.rows // ROWS_PER_GROUP):
                refuse_repeated(piece.select(["key", *columns]).sort_by(order), shards, columns)
                writer.write(piece)
    logger.info("%s: %d events", output, sorter.rows)
