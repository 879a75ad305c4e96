"""Files before they are used: what can be read of each, and which events it holds."""

import json
import logging
import struct
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pyarrow as pa

from rapidmass.config.ntuple import EventWeights, MissingMomentum, NtupleFormat
from rapidmass.files import write_whole
from rapidmass.findings import METADATA, SCHEMA, Finding
from rapidmass.identity import make_event_keys
from rapidmass.ntuples.events import Built, Events
from rapidmass.ntuples.flaws import BadEvent
from rapidmass.ntuples.objects import EventBuilder
from rapidmass.ntuples.reader import Chunk, iterate_chunks, open_tree
from rapidmass.ntuples.shifts import shift_requirement
from rapidmass.ntuples.sources import NtupleError, Source, UnreachableError, check_content
from rapidmass.ntuples.sums import sum_bin, sum_branch
from rapidmass.shards import ShardWriter, count_groups
from rapidmass.sorting import KeySorter

logger = logging.getLogger(__name__)

MOST_LISTED = 100  # bad events
MANY_ROWS = 1 << 23  # of a file of which nothing is known yet
ROOT_HEADER = struct.Struct(">4sii")  # "root", version, place of the first record
HEADER = 20  # bytes up to the place where the file ends
LARGE = 1_000_000  # versions from here on have places of eight bytes


class Inspector:
    """Reads all that an analysis needs of the files of a sample.

    Parameters
    ----------
    settings
        The ntuple format, with the shifts that are used.
    objects
        Objects that some selection needs.
    is_data
        Whether the sample is data.
    require
        Which events of the sample count, if not all.
    largest_momentum
        Largest momentum in GeV that an event can have.
    sum_of_weights
        Where files have sums of weights: `sum:<tree>:<branch>` or `histogram:<name>:<bin>`, if at
        all.

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
        sum_of_weights: str | None,
    ) -> None:
        # the first one builds every event: what it leaves out is what is wrong with the file
        formats: list[tuple[NtupleFormat, str | None]] = [(settings, None)]
        formats += [(settings, require)] if require is not None else []
        formats += [shift_requirement(settings, shift, require) for shift in settings.shifts]
        self._tree = settings.tree
        self._sum_of_weights = sum_of_weights
        self._builders = [
            EventBuilder(
                changed,
                objects,
                is_data=is_data,
                require=requirement,
                largest_momentum=largest_momentum,
                quarantine=True,
            )
            for changed, requirement in formats
        ]
        self._identifier = None  # without numbers, no event of a file is known from another one
        if settings.identity is not None:
            bare = {"met": MissingMomentum(pt="0", phi="0"), "trigger": "1 == 1"}
            bare |= {"weights": EventWeights(generator="1")}
            self._identifier = EventBuilder(
                settings.model_copy(update=bare), [], is_data=is_data, quarantine=True
            )

    def inspect(self, source: Source, part: str, finding: Finding) -> Iterator[pa.Table]:
        """Read a file, and note what is found.

        Parameters
        ----------
        source
            The file.
        part
            Its logical name.
        finding
            To be filled in.

        Yields
        ------
        pyarrow.Table
            Keys and numbers of usable events, in the order of the file; of a file that cannot be
            read whole, of all events whose numbers can.
        """
        read = 0
        try:
            finding.size = _measure(source)
            for chunk, built in self._read(source, part, finding):
                read = chunk.stop
                yield _tabulate(built.events)
            if not source.is_remote:
                check_content(source)
            self._read_sums(source)
        except UnreachableError:
            raise  # says nothing of the file
        except NtupleError as error:
            text = str(error).removeprefix(str(source)).removeprefix(":").strip()
            finding.reason = text.replace(str(source), source.name)
            logger.info("%s: %s", source, finding.reason)
            yield from self._identify_rest(source, part, read)

    def _identify_rest(self, source: Source, part: str, first: int) -> Iterator[pa.Table]:
        """Read no more than the numbers of events: another file may hold the same ones."""
        if self._identifier is None:
            return
        try:
            with open_tree(source, self._tree) as tree:
                self._identifier.bind(source, tree.keys())
                for chunk in iterate_chunks(source, tree, self._identifier.branches):
                    events = self._identifier.build(chunk, source, part).events
                    yield _tabulate(events[max(first - chunk.start, 0) :])
        except UnreachableError:
            raise
        except NtupleError as error:
            logger.info("numbers of events: %s", error)

    def _read(self, source: Source, part: str, finding: Finding) -> Iterator[tuple[Chunk, Built]]:
        with open_tree(source, self._tree) as tree:
            finding.entries = int(tree.num_entries)
            branches: set[str] = set()
            for builder in self._builders:
                builder.bind(source, tree.keys())
                branches |= {*builder.branches}
            for chunk in iterate_chunks(source, tree, sorted(branches)):
                built, *_ = [builder.build(chunk, source, part) for builder in self._builders]
                _note_bad_events(finding, built)
                yield chunk, built

    def _read_sums(self, source: Source) -> None:
        kind, *names = (self._sum_of_weights or "").split(":")
        if kind == "sum":
            sum_branch([source], *names, quarantine=True)
        elif kind == "histogram":
            sum_bin([source], *names)


def _note_bad_events(finding: Finding, built: Built) -> None:
    steps = [step.raw for step in built.steps]
    finding.n_bad_events += steps[0] - steps[1]
    wanted = MOST_LISTED - len(finding.bad_events)
    events: list[BadEvent] = sorted(built.bad_events)[:wanted]
    finding.bad_events += [event._asdict() for event in events]


def _tabulate(events: Events) -> pa.Table:
    # the same event has the same key in all files; of which sample they are does not matter
    key = make_event_keys(0, "", events.run ^ (events.dataset << 32), events.event)
    return pa.table({"key": key, "run": events.run, "event": events.event}, schema=SCHEMA)


def _measure(source: Source) -> int | None:
    """Tell the size that a file should have, as far as it is known."""
    if source.size is not None or source.is_remote:
        return source.size
    try:
        with Path(source.location).open("rb") as stream:
            return max(_read_end(stream.read(HEADER)), Path(source.location).stat().st_size)
    except OSError:
        return None


def _read_end(header: bytes) -> int:
    """Read from the first bytes of a ROOT file where it ends; 0 if they do not tell."""
    if len(header) < HEADER or not header.startswith(b"root"):
        return 0
    _, version, _ = ROOT_HEADER.unpack_from(header)
    return int(struct.unpack_from(">q" if version >= LARGE else ">i", header, ROOT_HEADER.size)[0])


def write_finding(
    inspector: Inspector, source: Source, part: str, output: Path, provenance: Mapping[str, Any]
) -> Finding:
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
        by key; the finding in its metadata.
    provenance
        Stored in the file.

    Returns
    -------
    Finding
        What was found.

    Raises
    ------
    UnreachableError
        If a server does not answer: that says nothing of the file.
    """
    finding = Finding(source.name)
    with write_whole(output) as temporary, KeySorter(output.parent, MANY_ROWS) as sorter:
        sorter.add(SCHEMA.empty_table())
        for table in inspector.inspect(source, part, finding):
            sorter.add(table)
        schema = SCHEMA.with_metadata({METADATA: json.dumps(asdict(finding))})
        with ShardWriter(temporary, schema, provenance) as writer:
            for piece in sorter.drain(count_groups(sorter.rows)):
                writer.write(piece.replace_schema_metadata(schema.metadata))
    return finding
