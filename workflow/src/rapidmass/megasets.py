"""Megasets: portions of the background, each a fair sample of all of it.

An event belongs to the megaset in whose range of keys its key lies, and to the test set if its key
says so under a salt of its own. Keys are uniform and independent of everything physical, so each
portion keeps the share that every channel has of the total weight, up to statistics.
"""

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
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
    iterate_events,
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
    test: Path,
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
        shards' weights and numbers.
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
    sources = [partial(_read_weighted, shard) for shard in shards]
    pieces = 1 + _count_rows(shards) // number // ROWS_IN_MEMORY
    schema = sources[0](KeyRange(0, 0)).schema
    with (
        write_whole(megaset) as train_path,
        write_whole(test) as test_path,
        ShardWriter(train_path, schema, provenance) as train_writer,
        ShardWriter(test_path, schema, provenance) as test_writer,
    ):
        written = [0, 0]
        for piece in merge_events(sources, keys, pieces):
            tested = is_test(piece, test_fraction)
            for part, writer in enumerate((train_writer, test_writer)):
                chosen = piece.filter(pa.array(tested if part else ~tested))
                writer.write(chosen)
                written[part] += chosen.num_rows
    logger.info("megaset %d: %d events, and %d for the test set", index, *written)


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


def _count_rows(shards: Sequence[BackgroundShard]) -> int:
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


def _read_weighted(shard: BackgroundShard, keys: KeyRange) -> pa.Table:
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


def measure_composition(
    megasets: Sequence[Path], tests: Sequence[Path], channels: Sequence[str]
) -> dict[str, Any]:
    """Measure how the channels are shared out.

    Parameters
    ----------
    megasets, tests
        The files of all megasets and of the test set.
    channels
        Names of the channels.

    Returns
    -------
    dict
        `channels`: for each channel `events` and `weight` (pb) per megaset (list) and `test_events`
        and `test_weight`, `shares` of the weight of each megaset, and `pull`: the largest deviation
        of a megaset from the expected share of the channel's weight, in standard deviations.
    """
    parts = [_sum_weights([path], channels) for path in megasets]
    test = _sum_weights(tests, channels)
    totals = [sum(part[name][1] for name in channels) for part in parts]
    result: dict[str, Any] = {}
    for name in channels:
        weights = np.array([part[name][1] for part in parts])
        expected = weights.mean()
        # of a typical megaset: one without events has no error of its own
        spread = np.sqrt(np.mean([part[name][2] for part in parts]))
        result[name] = {
            "events": [int(part[name][0]) for part in parts],
            "weight": weights.tolist(),
            "shares": [
                w / total if total else 0.0 for w, total in zip(weights, totals, strict=True)
            ],
            "test_events": int(test[name][0]),
            "test_weight": float(test[name][1]),
            "pull": float(np.abs(weights - expected).max() / spread) if spread > 0 else 0.0,
        }
        logger.info(
            "%s: %.3g pb, %.1f %% of it in the test set, largest pull of a megaset %.1f",
            name,
            weights.sum() + test[name][1],
            100 * test[name][1] / (weights.sum() + test[name][1] or 1.0),
            result[name]["pull"],
        )
    return {"channels": result}


def _sum_weights(paths: Sequence[Path], channels: Sequence[str]) -> dict[str, list[float]]:
    sums = {name: [0.0, 0.0, 0.0] for name in channels}
    for path in paths:
        for events in iterate_events(path, ["channel", "weight"]):
            squared = events.append_column(
                "square", pc.multiply(events["weight"], events["weight"])
            )
            groups = squared.group_by("channel", use_threads=False).aggregate(
                [("weight", "count"), ("weight", "sum"), ("square", "sum")]
            )
            for row in groups.to_pylist():
                total = sums[row["channel"]]
                total[0] += row["weight_count"]
                total[1] += row["weight_sum"]
                total[2] += row["square_sum"]
    return sums
