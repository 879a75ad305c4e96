"""Files before they are used: what can be read of each, and which events it holds."""

import json
import logging
import struct
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import uproot

from rapidmass.config.inputs.ntuple_format import EventWeights, MissingMomentum, NtupleFormat
from rapidmass.config.inputs.sums_of_weights import StoredSum
from rapidmass.ntuples.access.chunks import Chunk, iterate_chunks, list_branches
from rapidmass.ntuples.access.sources import (
    NtupleError,
    Source,
    UnreachableError,
    check_content,
    connect,
    name_errors,
)
from rapidmass.ntuples.access.trees import is_of_events, open_events
from rapidmass.ntuples.format.builder import EventBuilder
from rapidmass.ntuples.format.contents import Contents
from rapidmass.ntuples.format.events import Built, Events
from rapidmass.ntuples.normalisation.constants import read_constant_branch, read_constants
from rapidmass.ntuples.normalisation.sums_of_weights import add_up_stored, sum_entries
from rapidmass.ntuples.quality.file_summary import METADATA, SCHEMA, FileSummary
from rapidmass.ntuples.quality.invalid_values import BadEvent
from rapidmass.provenance.atomic_files import write_whole
from rapidmass.storage.event_keys import make_event_keys
from rapidmass.storage.parquet import ShardWriter, count_groups
from rapidmass.storage.sorting import KeySorter

logger = logging.getLogger(__name__)

MOST_LISTED = 100  # bad events
MANY_ROWS = 1 << 23  # of a file of which nothing is known yet
ROOT_HEADER = struct.Struct(">4sii")  # "root", version, place of the first record
HEADER = 20  # bytes up to the place where the file ends
LARGE = 1_000_000  # versions from here on have places of eight bytes


class Inspector:
    """Reads what all of an analysis needs of the files of a sample.

    Parameters
    ----------
    settings
        The ntuple format.
    objects
        Objects that every selection needs.
    is_data
        Whether the sample is data.
    require
        Which events of the sample count, if not all.
    largest_momentum
        Largest momentum in GeV that an event can have.
    constants
        Expressions that must be constant in a file, by any name.
    sum_of_weights
        Where files have sums of weights, if at all.

    Raises
    ------
    ValueError
        If the format is wrong in itself.
    """

    def __init__(
        self,
        settings: NtupleFormat,
        objects: Sequence[str],
        *,
        is_data: bool,
        require: str | None,
        largest_momentum: float,
        constants: Mapping[str, str],
        sum_of_weights: StoredSum | None,
    ) -> None:
        def make_builder(requirement: str | None = None, **changes: Any) -> EventBuilder:  # noqa: ANN401
            return EventBuilder(
                settings.model_copy(update=changes),
                objects,
                is_data=is_data,
                require=requirement,
                largest_momentum=largest_momentum,
                quarantine=True,
            )

        self._settings, self._constants, self._sum = settings, constants, sum_of_weights
        # the first one builds every event: what it leaves out is what is wrong with the file
        self._builders = [make_builder()]
        self._builders += [make_builder(require)] if require is not None else []
        # without numbers of their own, events have those of their entries
        self._counter = make_builder(identity=None)
        self._identifier = None  # without numbers, no event of a file is known from another one
        if settings.identity is not None:
            bare = {"met": MissingMomentum(pt="0", phi="0"), "trigger": "1 == 1"}
            bare |= {"weights": EventWeights(generator="1")}
            self._identifier = EventBuilder(
                settings.model_copy(update=bare), [], is_data=is_data, quarantine=True
            )

    def inspect(self, source: Source, part: str, summary: FileSummary) -> Iterator[pa.Table]:
        """Read a file, and note what is found.

        Parameters
        ----------
        source
            The file.
        part
            Its logical name.
        summary
            To be filled in.

        Yields
        ------
        pyarrow.Table
            Keys and numbers of usable events, in the order of the file; of a file that cannot be
            read whole, of all events whose numbers can.
        """
        read, contents = 0, Contents(has_numbers=self._identifier is not None)
        try:
            summary.size = _measure(source)
            for chunk, built in self._read(source, part, summary):
                read = chunk.stop
                contents.add(built.events)
                yield _tabulate(built.events)
            if not source.is_remote:
                check_content(source)
            self._read_weights(source, is_summed=summary.sum_of_weights is not None)
            summary.content = contents.text
        except UnreachableError:
            raise  # says nothing of the file
        except NtupleError as error:
            text = str(error).removeprefix(str(source)).removeprefix(":").strip()
            summary.reason = text.replace(str(source), source.name)
            logger.info("%s: %s", source, summary.reason)
            yield from self._identify_rest(source, part, read)

    def _identify_rest(self, source: Source, part: str, first: int) -> Iterator[pa.Table]:
        """Read no more than the numbers of events: another file may hold the same ones."""
        if self._identifier is None:
            return
        try:
            with open_events(source, self._settings) as tree:
                if tree is None:
                    return
                self._identifier.bind(source, list_branches(source, tree))
                for chunk in iterate_chunks(source, tree, self._identifier.branches):
                    events = self._identifier.build(chunk, source, part).events
                    yield _tabulate(events[max(first - chunk.start, 0) :])
        except UnreachableError:
            raise
        except NtupleError as error:
            logger.info("numbers of events: %s", error)

    def _read(
        self, source: Source, part: str, summary: FileSummary
    ) -> Iterator[tuple[Chunk, Built]]:
        with open_events(source, self._settings) as tree:
            if tree is None:
                self._note_empty(source, summary)
                return
            summary.entries = int(tree.num_entries)
            summed = self._find_summed(tree)
            builders = [*self._builders] if summed is None else [*self._builders, self._counter]
            branches = set() if summed is None else {summed}
            for builder in builders:
                builder.bind(source, list_branches(source, tree))
                branches |= {*builder.branches}
            total = 0.0
            for chunk in iterate_chunks(source, tree, sorted(branches)):
                built, *others = [builder.build(chunk, source, part) for builder in builders]
                _note_bad_events(summary, built)
                if summed is not None:
                    rows = others[-1].events.event.astype(np.int64) - chunk.start
                    total += sum_entries(source, tree.name, summed, chunk, rows)
                    summary.sum_of_weights = total
                yield chunk, built

    def _note_empty(self, source: Source, summary: FileSummary) -> None:
        logger.info("%s holds no event", source)
        summary.entries = 0
        if self._sum is not None and self._sum.kind == "sum":
            summary.sum_of_weights = (
                0.0 if is_of_events(self._sum.names[0], self._settings) else None
            )

    def _find_summed(self, tree: uproot.TTree) -> str | None:
        """Find the branch that is added up over the events themselves, if one is."""
        if self._sum is None or self._sum.kind != "sum":
            return None
        pattern, branch = self._sum.names
        name = tree.object_path.strip("/").split(";")[0]
        return branch if fnmatchcase(name, pattern) else None

    def _read_weights(self, source: Source, *, is_summed: bool) -> None:
        """Read what normalises the sample, as `normalisation.sample_weights` does."""
        if self._constants:
            read_constants([source], self._settings, self._constants)
        if self._sum is None or is_summed:
            return
        if self._sum.kind == "branch":
            read_constant_branch([source], self._settings, *self._sum.names)
        elif self._sum.is_added:
            add_up_stored(self._sum, [source], self._settings)


def _note_bad_events(summary: FileSummary, built: Built) -> None:
    steps = [step.raw for step in built.steps]
    summary.n_bad_events += steps[0] - steps[1]
    wanted = MOST_LISTED - len(summary.bad_events)
    events: list[BadEvent] = sorted(built.bad_events)[:wanted]
    summary.bad_events += [event._asdict() for event in events]


def _tabulate(events: Events) -> pa.Table:
    # the same event has the same key in all files; of which sample they are does not matter
    key = make_event_keys(0, "", events.run ^ (events.dataset << 32), events.event)
    return pa.table({"key": key, "run": events.run, "event": events.event}, schema=SCHEMA)


def _measure(source: Source) -> int | None:
    """Tell the size that a file should have, as far as it is known."""
    if source.size is not None:
        return source.size
    try:
        size, header = (_begin_remote if source.is_remote else _begin_local)(source)
    except UnreachableError:
        raise
    except NtupleError:
        return None
    # the size of an empty file says nothing of what should be in it
    return max(_read_end(header), size) or None


def _begin_local(source: Source) -> tuple[int, bytes]:
    """Tell the size of a file on disk, and how it begins."""
    with name_errors(source, f"{source} cannot be read"), Path(source.location).open("rb") as file:
        return Path(source.location).stat().st_size, file.read(HEADER)


def _begin_remote(source: Source) -> tuple[int, bytes]:
    """Tell the size of a file on a server, and how it begins."""
    with name_errors(source, f"{source} cannot be read"), connect(source) as remote:
        is_read = remote.has_ranges and remote.size
        return remote.size, remote.read(0, min(HEADER, remote.size)) if is_read else b""


def _read_end(header: bytes) -> int:
    """Read from the first bytes of a ROOT file where it ends; 0 if they do not tell."""
    if len(header) < HEADER or not header.startswith(b"root"):
        return 0
    _, version, _ = ROOT_HEADER.unpack_from(header)
    return int(struct.unpack_from(">q" if version >= LARGE else ">i", header, ROOT_HEADER.size)[0])


def write_file_summary(
    inspector: Inspector, source: Source, part: str, output: Path, provenance: Mapping[str, Any]
) -> FileSummary:
    """Read a file, and write what is found of it and of its events.

    Parameters
    ----------
    inspector
        Knows what to read.
    source
        The file. It may be bad in any way.
    part
        Its logical name.
    output
        The Parquet file to write: `key`, `run` and `event` of the events that can be used, sorted
        by key; the summary in its metadata.
    provenance
        Stored in the file.

    Returns
    -------
    FileSummary
        What was found.

    Raises
    ------
    UnreachableError
        If a server does not answer: that says nothing of the file.
    """
    summary = FileSummary(source.name)
    with write_whole(output) as temporary, KeySorter(output.parent, MANY_ROWS) as sorter:
        sorter.add(SCHEMA.empty_table())
        for table in inspector.inspect(source, part, summary):
            sorter.add(table)
        schema = SCHEMA.with_metadata({METADATA: json.dumps(asdict(summary))})
        with ShardWriter(temporary, schema, provenance) as writer:
            for piece in sorter.drain(count_groups(sorter.rows)):
                writer.write(piece.replace_schema_metadata(schema.metadata))
    return summary
