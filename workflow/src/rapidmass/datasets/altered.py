"""Altered events of the test set: those of a ROOT file, and all of a selection."""

import logging
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from rapidmass.config.studies.altered_events import Alteration
from rapidmass.datasets.folds import is_test
from rapidmass.datasets.megasets import BackgroundShard, count_rows, iterate_weighted
from rapidmass.datasets.merging import merge_events
from rapidmass.datasets.shards import Sharder
from rapidmass.ntuples.format.alterations import alter_events, concatenate_events
from rapidmass.ntuples.format.events import Events
from rapidmass.provenance.atomic_files import write_whole
from rapidmass.storage.event_keys import draw_uniform
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
    pieces = []
    for events in sharder.select():
        keys = sharder.identify(events)
        tested = is_test(keys, test_fraction)
        pieces.append(events[tested & (draw_uniform(keys, "altered") < share)])
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
