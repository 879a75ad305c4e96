"""Altered events of the test set: those of a ROOT file, and all of a selection."""

import logging
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import chain
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from rapidmass.config.studies.altered_events import Alteration
from rapidmass.datasets.folds import is_test
from rapidmass.datasets.megasets import BackgroundShard, count_rows, iterate_weighted
from rapidmass.datasets.merging import merge_events
from rapidmass.datasets.piece_marks import check_pieces
from rapidmass.datasets.shards import Sharder
from rapidmass.ntuples.format.alterations import alter_events, concatenate_events
from rapidmass.ntuples.format.event_tables import read_events, tabulate_events
from rapidmass.ntuples.format.events import Events
from rapidmass.provenance.atomic_files import write_whole
from rapidmass.storage.event_keys import draw_uniform
from rapidmass.storage.parquet import ShardWriter
from rapidmass.storage.sorting import write_sorted

logger = logging.getLogger(__name__)

ROWS_PER_TABLE = 65_536


def write_altered(
    sharder: Sharder,
    output: Path,
    *,
    alterations: Sequence[Alteration],
    test_fraction: float,
    share: float,
    provenance: Mapping[str, Any],
) -> None:
    """Alter events of a ROOT file that belong to the test set, and write them.

    The events that are altered are held in memory together, since some alterations mix them:
    `share` x `test_fraction` of those that pass the selection.

    Parameters
    ----------
    sharder
        The ROOT file, and what to make of it.
    output
        The Parquet file to write, like a shard with a column `alteration`: rows sorted by event
        key, which comes once for each alteration. Identity and weights are those of the originals,
        all else is computed from the altered momenta.
    alterations
        What is done, each to the same events.
    test_fraction
        Share of the background in the test set; 1 for all.
    share
        Share of the test set that is altered, by event identity.
    provenance
        Stored in the Parquet file.

    Raises
    ------
    NtupleError
        If the file cannot be used; nothing is written then.
    """
    chosen = list(choose_events(sharder, test_fraction=test_fraction, share=share))
    _write(sharder, chosen, output, alterations, provenance)


def choose_events(sharder: Sharder, *, test_fraction: float, share: float) -> Iterator[Events]:
    """Read a ROOT file, and choose the events that are altered.

    Parameters
    ----------
    sharder, test_fraction, share
        As for `write_altered`.

    Yields
    ------
    Events
        Those of a chunk; at least one chunk, which may be empty.
    """
    for events in sharder.select():
        keys = sharder.identify(events)
        tested = is_test(keys, test_fraction)
        yield events[tested & (draw_uniform(keys, "altered") < share)]


def write_chosen(
    sharder: Sharder,
    output: Path,
    *,
    test_fraction: float,
    share: float,
    provenance: Mapping[str, Any],
) -> None:
    """Write the events of a piece of a ROOT file that are altered, as they are.

    Parameters
    ----------
    sharder
        The piece.
    output
        The Parquet file to write, for `join_altered`.
    test_fraction, share, provenance
        As for `write_altered`.

    Raises
    ------
    NtupleError
        If the file cannot be used; nothing is written then.
    """
    tables = (
        sharder.mark(tabulate_events(events))
        for events in choose_events(sharder, test_fraction=test_fraction, share=share)
    )
    table = next(tables)
    with (
        write_whole(output) as temporary,
        ShardWriter(temporary, table.schema, provenance) as writer,
    ):
        for some in chain([table], tables):
            writer.write(some)


def join_altered(
    sharder: Sharder,
    pieces: Sequence[Path],
    output: Path,
    *,
    alterations: Sequence[Alteration],
    provenance: Mapping[str, Any],
) -> None:
    """Alter the events that were chosen of all pieces of a ROOT file, and write them.

    Parameters
    ----------
    sharder
        What to make of the events; the ROOT file is not read.
    pieces
        What `write_chosen` wrote of each, in order.
    output, alterations, provenance
        As for `write_altered`, which writes the same of the file.

    Raises
    ------
    ValueError
        If the file changed while its pieces were read, or these are not all of it.
    """
    check_pieces(pieces, str(sharder.source))
    chosen = [read_events(pq.read_table(path, use_threads=False)) for path in pieces]
    _write(sharder, chosen, output, alterations, provenance)


def _write(
    sharder: Sharder,
    pieces: Sequence[Events],
    output: Path,
    alterations: Sequence[Alteration],
    provenance: Mapping[str, Any],
) -> None:
    chosen = concatenate_events(pieces)
    chosen = chosen[np.argsort(sharder.identify(chosen), kind="stable")]
    with write_whole(output) as temporary:
        most_rows = len(chosen) * sum(len(alteration.labels) for alteration in alterations)
        tables = _tabulate(sharder, chosen, alterations)
        rows = write_sorted(tables, temporary, provenance, lambda: most_rows)
    logger.info("%s: %d events, altered %d times", sharder.source.name, len(chosen), rows)


def _tabulate(
    sharder: Sharder, events: Events, alterations: Sequence[Alteration]
) -> Iterator[pa.Table]:
    keys = sharder.identify(events)
    for alteration in alterations:
        for altered in alter_events(events, keys, sharder.objects, alteration):
            for start in range(0, max(len(altered.events), 1), ROWS_PER_TABLE):
                some = altered.events[start : start + ROWS_PER_TABLE]
                labels = pa.array([altered.label] * len(some), type=pa.string())
                yield sharder.tabulate(some, columns={"alteration": labels})


def merge_altered(
    shards: Sequence[BackgroundShard],
    output: Path,
    *,
    share: float,
    provenance: Mapping[str, Any],
) -> None:
    """Merge the altered events of all backgrounds, a piece at a time.

    Parameters
    ----------
    shards
        What `write_altered` wrote for all files of a selection.
    output
        The Parquet file to write: sorted by key; `sample`, `channel` and `weight` as in the test
        set. The weight in pb is divided by the share: each alteration that is possible for all
        events stands for as much as the test set.
    share
        Share of the test set that is altered.
    provenance
        Stored in the file.

    Raises
    ------
    ValueError
        If a shard is damaged, representations or selections differ, or two shards hold the same
        event.
    """
    worth = [replace(shard, weight=shard.weight / share) for shard in shards]
    merge_events(
        (events for shard in worth for events in iterate_weighted(shard)),
        worth,
        output,
        rows=count_rows(worth),
        provenance=provenance,
        columns=("sample", "alteration"),
    )
