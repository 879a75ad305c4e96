"""From one ROOT ntuple to one shard of events as models see them, in one streaming pass."""

import json
import logging
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from rapidmass.config.inputs.ntuple_format import NtupleFormat
from rapidmass.config.search.selection import Cut
from rapidmass.datasets.piece_marks import mark_piece
from rapidmass.ntuples.access.chunks import Chunk, iterate_chunks, list_branches
from rapidmass.ntuples.access.pieces import WHOLE, Piece
from rapidmass.ntuples.access.sources import NtupleError, Source, check_content
from rapidmass.ntuples.access.trees import open_events
from rapidmass.ntuples.access.versions import tell_version
from rapidmass.ntuples.format.builder import EventBuilder
from rapidmass.ntuples.format.certification import Certified
from rapidmass.ntuples.format.contents import Contents
from rapidmass.ntuples.format.cutflow import Cutflow, tell_outcome
from rapidmass.ntuples.format.events import Built, Events
from rapidmass.ntuples.format.rows import name_step, split_rows
from rapidmass.ntuples.format.selection import Selector, Variables, spell_flavours
from rapidmass.ntuples.quality.quarantine_record import QuarantineRecord
from rapidmass.provenance.atomic_files import write_json, write_whole
from rapidmass.representations.base import Representation
from rapidmass.representations.registry import make_representation
from rapidmass.representations.tables import make_table
from rapidmass.storage.event_keys import make_event_keys
from rapidmass.storage.sorting import write_sorted

logger = logging.getLogger(__name__)


class Sharder:
    """Selects events of a ROOT file, and turns events into rows of a shard.

    Parameters
    ----------
    source
        The ROOT file.
    sample
        Name of the sample, part of each event's identity.
    part
        Logical name of the file: part of the identity of events that have no number.
    selection
        Name of the selection, kept in the shard so that nothing mixes it with another.
    is_data
        Whether events have weight 1.
    settings
        The ntuple format.
    cuts
        The selection.
    representation
        How events are shown to models.
    objects
        Objects that belong to an event, leptons apart: those of all representations of the
        analysis, so that each of them has the same events. Of each, how many the variable
        `multiplicity` counts at most.
    sqrt_s
        Centre-of-mass energy in GeV: no object has more than half of it.
    seed
        Seed of the analysis, part of each event's identity.
    variables
        Definitions of event variables, by name.
    columns
        Event variables of which columns are made beside those that all tables hold.
    require
        Which events of the sample count, if not all.
    certified
        Which luminosity sections count, if not all.
    quarantine
        Whether events with impossible numbers are left out. Otherwise they are errors.
    left_out
        Whether the file itself is left out: it has no events then.
    piece
        Which piece of the file to read.

    Raises
    ------
    ValueError
        If the format or the selection is wrong in itself.
    """

    def __init__(
        self,
        source: Source,
        *,
        sample: str,
        part: str,
        selection: str,
        is_data: bool,
        settings: NtupleFormat,
        cuts: Sequence[Cut],
        representation: Representation,
        objects: Mapping[str, int],
        sqrt_s: float,
        seed: int,
        variables: Mapping[str, str] = MappingProxyType({}),
        columns: Sequence[str] = (),
        require: str | None = None,
        certified: Certified | None = None,
        quarantine: bool = False,
        left_out: bool = False,
        piece: Piece = WHOLE,
    ) -> None:
        self._variables = Variables(
            settings, objects, cuts, variables, columns, representation.expressions
        )
        self._builder = EventBuilder(
            settings,
            self._variables.objects,
            is_data=is_data,
            attributes=self._variables.attributes,
            require=require,
            certified=certified,
            largest_momentum=sqrt_s / 2,
            quarantine=quarantine,
        )
        rows = [] if settings.rows is None else [name_step(settings.rows)]
        self._selector = Selector(self._variables, [*self._builder.steps, *rows])
        self.source, self.sample = source, sample
        self._part, self._seed = part, seed
        self._settings = settings
        self._selection, self._representation = selection, representation
        self._left_out, self.piece = left_out, piece
        self._entries: tuple[int, int] | None = None  # that were read so far
        self._version: str | None = None
        self.entries = 0
        """Events of the file, before any cut; known when the first chunk is there."""
        self._contents = Contents(has_numbers=settings.identity is not None)

    @classmethod
    def parse(
        cls,
        settings: Mapping[str, Any],
        source: str,
        quarantine_records: Sequence[str] = (),
        certified: Sequence[str] = (),
    ) -> "Sharder":
        """Make a sharder from what a job is told.

        Parameters
        ----------
        settings
            Its block `shard`, in JSON types: `sample`, `part`, `selection`, `is_data`, `format`,
            `cuts`, `variables` (their definitions), `columns` (names of those that are kept),
            `representation`, `objects` (pairs of name and most that count), `sqrt_s`, `seed`,
            `require`, `quarantine`, `piece` (number and how many, of a file that is split).
        source
            The ROOT file, as JSON for `Source.parse`.
        quarantine_records
            Where bad files are left out: what was found of those of the sample.
        certified
            Of data: the JSON file with the certified sections, if there is one.
        """
        kept = (
            "sample", "part", "selection", "is_data", "sqrt_s", "seed", "require", "quarantine",
            "variables", "columns",
        )  # fmt: skip
        return cls(
            Source.parse(json.loads(source)),
            **{key: settings[key] for key in kept},
            settings=NtupleFormat.model_validate(settings["format"]),
            cuts=[Cut.model_validate(cut) for cut in settings["cuts"]],
            representation=make_representation(settings["representation"]),
            objects=dict(settings["objects"]),
            certified=next(map(Certified.read, map(Path, certified)), None),
            left_out=settings["part"] in QuarantineRecord.read(quarantine_records).left_out,
            piece=Piece(*settings["piece"]) if settings["piece"] else WHOLE,
        )

    @property
    def objects(self) -> list[str]:
        """Objects of which a row is made: those of the analysis, leptons, those of variables."""
        return self._variables.shown_objects

    @property
    def cutflow(self) -> Cutflow:
        """What the cuts left of the events that were read so far."""
        return self._selector.cutflow

    @property
    def content(self) -> str | None:
        """What tells whether another file holds the same events, of those that were read so far."""
        return self._contents.text if self.piece == WHOLE else self._contents.piece_text

    @property
    def place(self) -> str:
        """The file, and which entries of it were read so far, for errors."""
        if self._entries is None:
            return str(self.source)
        return f"{self.source}, entries {self._entries[0]} to {self._entries[1]}"

    def select(self) -> Iterator[Events]:
        """Read the file, and select.

        Yields
        ------
        Events
            Those of a chunk that pass every cut, in the order of their keys, which is the order in
            which they are written: at least one chunk, which may be empty.

        Raises
        ------
        NtupleError
            If the file cannot be used.
        """
        if self._left_out:
            logger.warning("%s is left out: no event of it is read", self.source)
            yield self._select_nothing()
            return
        with open_events(self.source, self._settings) as tree:
            if tree is None:
                logger.warning("%s holds no event", self.source)
                yield self._select_nothing()
                return
            self.entries = int(tree.num_entries)
            if self.piece != WHOLE:
                self._version = tell_version(self.source, tree)
            self._builder.bind(self.source, list_branches(self.source, tree))
            # a name for the chunk would keep it in memory while the next one is read
            branches = self._builder.branches
            chunks = iterate_chunks(self.source, tree, branches, piece=self.piece)
            yield from map(self._choose, chunks)

    def _select_nothing(self) -> Events:
        return self._selector.select(Built(self._builder.make_empty(), (), ()))

    def _choose(self, chunk: Chunk) -> Events:
        self._entries = (self._entries or chunk)[0], chunk.stop
        built = self._builder.build(chunk, self.source, self._part)
        self._contents.add(built.events)
        if self._settings.rows is not None:
            built = split_rows(built, self._settings.rows)
        return self._selector.select(built, np.argsort(self.identify(built.events)))

    def check_content(self) -> None:
        """Make sure that a file on disk is the one that the sample sheet means.

        Of a file that is split, this is up to the first piece: all of it is read.
        """
        if not (self._left_out or self.source.is_remote or self.piece.number > 1):
            check_content(self.source)

    def identify(self, events: Events) -> NDArray[np.uint64]:
        """Give events their keys.

        Parameters
        ----------
        events
            Events of the file.

        Returns
        -------
        ndarray of uint64, shape (events,)
            What they are known by from here on.
        """
        # run numbers have 32 bits: the number of the data set goes above them
        run = events.run ^ (events.dataset << 32)
        return make_event_keys(self._seed, self.sample, run, events.event)

    def tabulate(
        self,
        events: Events,
        columns: Mapping[str, Any] = MappingProxyType({}),
    ) -> pa.Table:
        """Encode events, and put together all that a shard says of them.

        Parameters
        ----------
        events
            Events of the file.
        columns
            Further columns, arrays of shape (events,).

        Returns
        -------
        pyarrow.Table
            Rows in the order of the events.

        Raises
        ------
        NtupleError
            If the representation of an event cannot be computed.
        """
        try:
            encoded = self._representation.encode(events, self._variables.compute(events))
        except ValueError as error:
            raise NtupleError(f"{self.place}: {error}") from error
        described = {
            "key": self.identify(events),
            **columns,
            "run": events.run,
            "event": events.event,
            "generator_weight": events.generator_weight,
            "scale_factor": events.scale_factor,
            "met": events.met.astype("float32"),
            "met_phi": events.met_phi.astype("float32"),
            **self._variables.list_columns(events),
            "flavour": spell_flavours(events, self._variables.leptons).cast(pa.string()),
        }
        return self.mark(make_table(self._representation, encoded, described, self._selection))

    def mark(self, table: pa.Table) -> pa.Table:
        """Write in the metadata of a table which piece it is of; nothing of a whole file."""
        if self.piece == WHOLE:
            return table
        return mark_piece(table, self.piece, self.entries, self._version)


def write_shard(
    sharder: Sharder, output: Path, cutflow: Path, provenance: Mapping[str, Any]
) -> None:
    """Select the events of a ROOT file and write them.

    Parameters
    ----------
    sharder
        The ROOT file, and what to make of it.
    output
        The Parquet file to write: rows sorted by event key; weights without cross section.
    cutflow
        The JSON file to write: `steps`, `raw`, `weighted`.
    provenance
        Stored in the Parquet file.

    Raises
    ------
    NtupleError
        If the file cannot be used; nothing is written then.
    """
    sharder.check_content()
    tables = map(sharder.tabulate, sharder.select())
    with write_whole(output) as temporary:
        rows = write_sorted(
            tables,
            temporary,
            provenance,
            lambda: sharder.entries,
            origin=str(sharder.source),
            tell_content=lambda: sharder.content,
        )
    write_json(cutflow, sharder.cutflow.describe())
    if sharder.piece == WHOLE:
        tell_outcome(sharder.cutflow, str(sharder.source), sharder.sample)
    else:
        logger.info("%s: %d of %d events selected", sharder.place, rows, sharder.cutflow.raw[0])
