"""Megasets: portions of the background, each a fair sample of all of it.

An event belongs to the megaset in whose range of keys its key lies, and to the test set if its key
says so under a salt of its own. Keys are uniform and independent of everything physical, so each
portion keeps the share that every channel has of the total weight, up to statistics.
"""

import logging
from collections.abc import Iterable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from functools import partial
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from rapidmass.files import write_whole
from rapidmass.identity import KEY_SPAN, draw_uniform
from rapidmass.shards import (
    ROWS_IN_MEMORY,
    ShardWriter,
    merge_events,
    open_shard,
    read_events,
)
from rapidmass.tables import KeyRange, get_layout, get_selection

logger = logging.getLogger(__name__)

SHARD_WEIGHTS = ("generator_weight", "scale_factor")
SHARD_ONLY = (*SHARD_WEIGHTS, "run", "event")


@dataclass(frozen=True)
class BackgroundShard:
    """A shard of background events and what they are worth.

    Parameters
    ----------
    path
        The shard.
    sample, channel
        Where the events belong; the channel is the selection's.
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
) -> None:
    """Write one megaset, and the part of the test set that lies in its range of keys.

    Every row group of the shards that overlaps the range is read once, a piece at a time: memory
    does not grow with the number of events.

    Parameters
    ----------
    shards
        All background shards of a selection, of one layout.
    megaset, test
        Files to write: sorted by key; `weight` in pb, `sample` and `channel` instead of the
        shards' weights and numbers. Without `test`, what belongs to the test set is left out.
    index, number
        Which megaset of how many.
    test_fraction
        Share of the events in the test set.
    provenance
        Stored in both files.

    Raises
    ------
    ValueError
        If a shard is damaged, or layouts differ.
    """
    keys = get_key_range(index, number)
    sources = [partial(read_weighted, shard) for shard in shards]
    pieces = 1 + count_rows(shards) // number // ROWS_IN_MEMORY
    schema = sources[0](KeyRange(0, 0)).schema
    with ExitStack() as stack:
        writers = []
        for path in (megaset, test):
            if path is not None:
                temporary = stack.enter_context(write_whole(path))
                writers.append(stack.enter_context(ShardWriter(temporary, schema, provenance)))
        written = [0, 0]
        for piece in merge_events(sources, keys, pieces):
            tested = is_test(piece, test_fraction)
            for part, writer in enumerate(writers):
                chosen = piece.filter(pa.array(tested if part else ~tested))
                writer.write(chosen)
                written[part] += chosen.num_rows
    logger.info("megaset %d: %d events, and %d written for the test set", index, *written)


def is_test(events: pa.Table, test_fraction: float) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
    """Tell which events belong to the test set.

    Parameters
    ----------
    events
        Has a column `key`.
    test_fraction
        Share of the test set.

    Returns
    -------
    ndarray of bool, shape (events,)
        A function of the keys alone.
    """
    return draw_uniform(events.column("key").to_numpy(), "test") < test_fraction


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
        If a shard is damaged, or layouts or selections differ.
    """
    rows = 0
    first = None
    for shard in shards:
        with open_shard(shard.path) as parquet:
            rows += parquet.metadata.num_rows
            schema = parquet.schema_arrow
        described = get_layout(schema), get_selection(schema)
        if first not in (None, described):
            raise ValueError(
                f"{shard.path} has another matrix layout or selection than {shards[0].path}: "
                "build them anew"
            )
        first = described
    return rows


def read_weighted(shard: BackgroundShard, keys: KeyRange) -> pa.Table:
    """Read the events of a key range, with what they are worth.

    Parameters
    ----------
    shard
        Where to read.
    keys
        The range.

    Returns
    -------
    pyarrow.Table
        As in a megaset: `sample`, `channel` and `weight` (pb) instead of the shard's weights and
        numbers.
    """
    events = read_events(shard.path, keys)
    metadata = {
        key: value
        for key, value in events.schema.metadata.items()
        if key != b"rapidmass.provenance"
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
    return pa.table(columns).replace_schema_metadata(metadata)
