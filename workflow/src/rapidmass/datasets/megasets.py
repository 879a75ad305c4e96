"""Megasets: portions of the background, each a fair sample of all of it.

An event belongs to the megaset in whose range of keys its key lies, and to the test set if its key
says so under a salt of its own. Keys are uniform and independent of everything physical, so each
portion keeps the share that every channel has of the total weight, up to statistics.
"""

import logging
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from rapidmass.datasets.folds import is_test
from rapidmass.provenance.atomic_files import write_whole
from rapidmass.representations.registry import read_description
from rapidmass.storage.duplicates import refuse_copies, refuse_key
from rapidmass.storage.event_keys import KEY_SPAN
from rapidmass.storage.parquet import ROWS_PER_GROUP, GroupedWriter, iterate_range, open_shard
from rapidmass.storage.sorting import KeySorter, find_repeated
from rapidmass.storage.tables import ALL_KEYS, KeyRange, get_selection

logger = logging.getLogger(__name__)

SHARD_WEIGHTS = ("generator_weight", "scale_factor")
SHARD_ONLY = (*SHARD_WEIGHTS, "run", "event")


@dataclass(frozen=True)
class BackgroundShard:
    """A shard of events and what they are worth: of background, or of what is told from it.

    Parameters
    ----------
    path
        The shard.
    sample, channel
        Where the events belong; the channel is the selection's, or the name of a signal.
    weight
        Factor from generator weight x scale factors to pb.
    """

    path: Path
    sample: str
    channel: str
    weight: float


def pair_shards(
    members: Iterable[tuple[str, str, int]], paths: Iterable[Path], weights: Iterable[float]
) -> list[BackgroundShard]:
    """Say of shards in a row which sample each belongs to, and what its events are worth.

    Parameters
    ----------
    members
        Channel, sample, and number of shards of each sample.
    paths
        Shards, sample after sample.
    weights
        Factor to pb of each sample.

    Returns
    -------
    list of BackgroundShard
        In the order of the paths.
    """
    row = iter(paths)
    return [
        BackgroundShard(path, sample, channel, weight)
        for (channel, sample, parts), weight in zip(members, weights, strict=True)
        for path in islice(row, parts)
    ]


def get_key_range(index: int, number: int) -> KeyRange:
    """Get the keys of one megaset.

    Parameters
    ----------
    index
        Which megaset, from 0.
    number
        How many there are.

    Returns
    -------
    KeyRange
        The ranges of all megasets cover every key once.
    """
    return KeyRange(KEY_SPAN * index // number, KEY_SPAN * (index + 1) // number)


def write_megaset(
    shards: Sequence[BackgroundShard],
    megaset: Path,
    test: Path | None,
    *,
    index: int,
    number: int,
    test_fraction: float,
    provenance: Mapping[str, Any],
    whole: bool = False,
) -> None:
    """Write one megaset, and the part of the test set that lies in its range of keys.

    Every row group of the shards that overlaps the range is read once. Memory does not grow with
    the number of events: those that exceed it wait on disk.

    Parameters
    ----------
    shards
        All shards of a selection, of one representation.
    megaset, test
        Files to write: sorted by key; `weight` in pb, `sample` and `channel` instead of the
        shards' weights and numbers. Without `test`, the test set is not written.
    index, number
        Which megaset of how many.
    test_fraction
        Share of the events in the test set.
    provenance
        Stored in both files.
    whole
        Whether the megaset has the events of the test set as well: with folds, all networks but
        one may see them.

    Raises
    ------
    ValueError
        If a shard is damaged, representations differ, or two shards of a sample hold the same
        event, or any two the same events.
    """
    refuse_copies(_group_paths(shards))
    keys = get_key_range(index, number)
    rows = count_rows(shards) // number
    with ExitStack() as stack:
        paths = [
            stack.enter_context(write_whole(path)) for path in (megaset, test) if path is not None
        ]
        sorter = stack.enter_context(KeySorter(megaset.parent, rows, keys))
        for shard in shards:
            for events in iterate_weighted(shard, keys):
                sorter.add(events)
        with ExitStack() as writing:
            writers = [
                writing.enter_context(GroupedWriter(path, events.schema, provenance))
                for path in paths
            ]
            for piece in sorter.drain(1 + rows // ROWS_PER_GROUP):
                refuse_repeated(piece, shards)
                tested = is_test(piece["key"].to_numpy(), test_fraction)
                for chosen, writer in zip((whole | ~tested, tested), writers, strict=False):
                    writer.write(piece.filter(pa.array(chosen)))
    logger.info("megaset %d: %d events, the test set among them", index, sorter.rows)


def _group_paths(shards: Sequence[BackgroundShard]) -> dict[str, list[Path]]:
    paths: dict[str, list[Path]] = {}
    for shard in shards:
        paths.setdefault(shard.sample, []).append(shard.path)
    return paths


def refuse_repeated(
    events: pa.Table, shards: Sequence[BackgroundShard], columns: Sequence[str] = ("sample",)
) -> None:
    """Make sure that no event comes from two shards.

    Parameters
    ----------
    events
        Of these shards, sorted by key; equal events follow each other.
    shards
        Where they come from.
    columns
        What is equal, beside the keys, if two events are one. With `sample` among them.

    Raises
    ------
    RepeatedEventError
        If one does; the message names run, event and both files.
    """
    for row in find_repeated(events, columns):
        sample, key = (events.column(name)[row].as_py() for name in ("sample", "key"))
        refuse_key(key, [shard.path for shard in shards if shard.sample == sample])


def count_rows(shards: Sequence[BackgroundShard]) -> int:
    """Count the events of shards, making sure that they are of one kind.

    Parameters
    ----------
    shards
        At least one.

    Returns
    -------
    int
        Rows of all of them.

    Raises
    ------
    ValueError
        If a shard is damaged, or representations or selections differ.
    """
    rows = 0
    first = None
    for shard in shards:
        with open_shard(shard.path) as parquet:
            rows += parquet.metadata.num_rows
            schema = parquet.schema_arrow
        described = read_description(schema, str(shard.path)), get_selection(schema)
        if first not in (None, described):
            raise ValueError(
                f"{shard.path} has another representation or selection than {shards[0].path}: "
                "build them anew"
            )
        first = described
    return rows


def iterate_weighted(shard: BackgroundShard, keys: KeyRange = ALL_KEYS) -> Iterator[pa.Table]:
    """Read the events of a key range piece by piece, with what they are worth.

    Parameters
    ----------
    shard
        Where to read.
    keys
        The range.

    Yields
    ------
    pyarrow.Table
        As in a megaset: `sample`, `channel` and `weight` (pb) instead of the shard's weights and
        numbers. At least one table, which may be empty.
    """
    for events in iterate_range(shard.path, keys):
        metadata = {
            key: value
            for key, value in events.schema.metadata.items()
            if key != b"rapidmass.provenance.requests"
        }
        weight = pc.multiply(events["generator_weight"], events["scale_factor"])
        rows = events.num_rows
        columns = {
            "key": events["key"],
            "sample": pa.repeat(shard.sample, rows),
            "channel": pa.repeat(shard.channel, rows),
            "weight": pc.multiply(weight, shard.weight),
        }
        for name in events.column_names:
            if name not in SHARD_ONLY:
                columns[name] = events[name]
        yield pa.table(columns).replace_schema_metadata(metadata)
