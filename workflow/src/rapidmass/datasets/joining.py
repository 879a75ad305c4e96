"""From the pieces of a ROOT file to what the file would have become without pieces."""

import logging
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa

from rapidmass.datasets.piece_marks import check_pieces, unmark
from rapidmass.ntuples.format.cutflow import Cutflow
from rapidmass.provenance.atomic_files import write_json, write_whole
from rapidmass.storage.content_digests import join_contents
from rapidmass.storage.parquet import iterate_events, open_shard, read_content
from rapidmass.storage.sorting import write_sorted

logger = logging.getLogger(__name__)


def join_shards(
    pieces: Sequence[Path], output: Path, provenance: Mapping[str, Any], *, origin: str
) -> None:
    """Join the shards of all pieces of a ROOT file.

    Parameters
    ----------
    pieces
        What `write_shard` or `write_augmented` wrote of each; at least one.
    output
        The Parquet file to write: the rows, in the order, that the shard of the file would have.
    provenance
        Stored in the file.
    origin
        What to call the ROOT file in errors.

    Raises
    ------
    ValueError
        If a shard is damaged, or the file changed while its pieces were read.
    RepeatedEventError
        If an event is in two pieces, or twice in one.
    """
    check_pieces(pieces, origin)
    rows = 0
    for path in pieces:
        with open_shard(path) as parquet:
            rows += parquet.metadata.num_rows
    contents = [content for content in map(read_content, pieces) if content is not None]
    with write_whole(output) as temporary:
        write_sorted(
            _read(pieces),
            temporary,
            provenance,
            lambda: rows,
            origin=origin,
            tell_content=lambda: join_contents(contents) if contents else None,
        )
    logger.info("%s: %d events of %d pieces", output, rows, len(pieces))


def _read(pieces: Sequence[Path]) -> Iterator[pa.Table]:
    for path in pieces:
        with open_shard(path) as parquet:
            yield unmark(parquet.schema_arrow.empty_table())
        yield from map(unmark, iterate_events(path))


def join_cutflows(pieces: Sequence[Path], output: Path) -> Cutflow:
    """Add up the cutflows of all pieces of a ROOT file.

    Parameters
    ----------
    pieces
        JSON files of `write_shard`; at least one.
    output
        The JSON file to write, as it would be of the whole file.

    Returns
    -------
    Cutflow
        The same.
    """
    cutflow = Cutflow.add_up(map(Cutflow.read, pieces))
    write_json(output, cutflow.describe())
    return cutflow
