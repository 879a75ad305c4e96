"""Distorted copies of the events of a ROOT file, in a shard of their own."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pyarrow as pa

from rapidmass.config.distortion import Distortions
from rapidmass.files import write_whole
from rapidmass.ntuples.distortions import distort_events
from rapidmass.sharding import Sharder
from rapidmass.sorting import write_sorted


def write_copies(
    sharder: Sharder, output: Path, distortions: Distortions, provenance: Mapping[str, Any]
) -> None:
    """Select the events of a ROOT file and write the matrices of a distorted copy of each.

    Parameters
    ----------
    sharder
        The ROOT file, and what to make of it.
    output
        The Parquet file to write: the events of the shard in the same order, with the same keys
        and weights. The events have passed the selection before they are distorted.
    distortions
        How far their scales are off.
    provenance
        Stored in the Parquet file.

    Raises
    ------
    NtupleError
        If the file cannot be used; nothing is written then.
    """

    def tables() -> Iterator[pa.Table]:
        for events, _ in sharder.select():
            yield sharder.tabulate(distort_events(events, sharder.identify(events), distortions))

    with write_whole(output) as temporary:
        most_rows, origin = sharder.count_entries(), str(sharder.source)
        write_sorted(tables(), temporary, provenance, most_rows, origin=origin)
