"""Augmented events of the events of a ROOT file, in a shard of their own."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pyarrow as pa

from rapidmass.config.models.augmentation import Augmentation
from rapidmass.datasets.shards import Sharder
from rapidmass.ntuples.format.augmentation import augment_events
from rapidmass.provenance.atomic_files import write_whole
from rapidmass.storage.sorting import write_sorted


def write_augmented(
    sharder: Sharder, output: Path, augmentation: Augmentation, provenance: Mapping[str, Any]
) -> None:
    """Select the events of a ROOT file and write a distorted copy of each.

    Parameters
    ----------
    sharder
        The ROOT file, and what to make of it.
    output
        The Parquet file to write: the events of the shard in the same order, with the same keys
        and weights. The events have passed the selection before they are distorted.
    augmentation
        How far their scales are off.
    provenance
        Stored in the Parquet file.

    Raises
    ------
    NtupleError
        If the file cannot be used; nothing is written then.
    """

    def tables() -> Iterator[pa.Table]:
        for events in sharder.select():
            yield sharder.tabulate(augment_events(events, sharder.identify(events), augmentation))

    with write_whole(output) as temporary:
        origin = str(sharder.source)
        write_sorted(tables(), temporary, provenance, lambda: sharder.entries, origin=origin)
