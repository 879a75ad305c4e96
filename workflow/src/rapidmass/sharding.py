"""From one ROOT ntuple to one shard of rapidity-mass matrices, in one streaming pass."""

import logging
from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from types import MappingProxyType
from typing import Any

import awkward as ak
import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from rapidmass.config.ntuple import NtupleFormat
from rapidmass.config.selection import Cut
from rapidmass.expressions import Expression
from rapidmass.files import write_json, write_whole
from rapidmass.identity import make_event_keys
from rapidmass.ntuples.cutflow import Cutflow
from rapidmass.ntuples.objects import EventBuilder, Events
from rapidmass.ntuples.reader import NtupleError, iterate_chunks, open_tree
from rapidmass.ntuples.selection import EventVariables, Selector, compute_variables
from rapidmass.rmm import Layout, build_sparse
from rapidmass.shards import (
    ROWS_IN_MEMORY,
    ShardWriter,
    Source,
    count_groups,
    merge_events,
    read_events,
)
from rapidmass.tables import ALL_KEYS, KeyRange, make_table, slice_events, sort_by_key

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
    layout
        Layout of the matrices.
    seed
        Seed of the analysis, part of each event's identity.

    Raises
    ------
    ValueError
        If the format or the selection is wrong in itself.
    """

    def __init__(
        self,
        source: Path,
        *,
        sample: str,
        part: str,
        selection: str,
        is_data: bool,
        settings: NtupleFormat,
        cuts: Sequence[Cut],
        layout: Layout,
        seed: int,
    ) -> None:
        objects = list_objects(settings, cuts, layout)
        self._builder = EventBuilder(settings, objects, is_data=is_data)
        self._selector = Selector(cuts, settings.leptons)
        self.source, self.sample = source, sample
        self._part, self._seed = part, seed
        self._tree, self._leptons = settings.tree, settings.leptons
        self._selection, self._layout = selection, layout

    @property
    def objects(self) -> list[str]:
        """Objects of which a row is made: those of the matrix, and the leptons."""
        return list(dict.fromkeys([*self._layout.types, *self._leptons]))

    @property
    def cutflow(self) -> Cutflow:
        """What the cuts left of the events that were read so far."""
        return self._selector.cutflow

    def select(self) -> Iterator[tuple[Events, EventVariables]]:
        """Read the file, and select.

        Yields
        ------
        tuple of Events and EventVariables
            Those of a chunk that pass every cut: at least one chunk, which may be empty.

        Raises
        ------
        NtupleError
            If the file cannot be used.
        """
        with open_tree(self.source, self._tree) as tree:
            for chunk in iterate_chunks(self.source, tree, self._builder.branches):
                yield self._selector.select(self._builder.build(chunk, self.source, self._part))

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
        variables: EventVariables | None = None,
        columns: Mapping[str, Any] = MappingProxyType({}),
    ) -> pa.Table:
        """Compute the matrices of events, and put together all that a shard says of them.

        Parameters
        ----------
        events
            Events of the file.
        variables
            Theirs; computed where None.
        columns
            Further columns, arrays of shape (events,).

        Returns
        -------
        pyarrow.Table
            Rows in the order of the events.

        Raises
        ------
        NtupleError
            If a matrix cannot be computed.
        """
        if variables is None:
            variables = compute_variables(events, self._leptons)
        try:
            matrices = build_sparse(self._layout, events.objects, events.met, events.met_phi)
        except ValueError as error:
            raise NtupleError(f"{self.source}: {error}") from error
        described = {
            "key": self.identify(events),
            **columns,
            "run": events.run,
            "event": events.event,
            "generator_weight": events.generator_weight,
            "scale_factor": events.scale_factor,
            "met": events.met.astype("float32"),
            "met_phi": events.met_phi.astype("float32"),
            "ht": self._sum_pt(events).astype("float32"),
            "m_ll": variables.values["m_ll"].astype("float32"),
            "m_lll": variables.values["m_lll"].astype("float32"),
            "flavour": pa.array(variables.flavour, type=pa.string()),
        }
        return make_table(matrices, described, self._selection)

    def _sum_pt(self, events: Events) -> NDArray[np.float64]:
        """Sum the pT of all objects of the layout's types, also of those beyond its slots."""
        total = np.zeros(len(events))
        for name in self._layout.types:
            pt = ak.values_astype(events.objects[name].pt, np.float64)
            total += ak.to_numpy(ak.sum(pt, axis=1))
        return total


def write_shard(
    sharder: Sharder, output: Path, cutflow: Path, provenance: Mapping[str, Any]
) -> None:
    """Select the events of a ROOT file and write their matrices.

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
    tables = (sharder.tabulate(*selected) for selected in sharder.select())
    with write_whole(output) as temporary:
        rows = write_sorted(tables, temporary, provenance)
    write_json(cutflow, sharder.cutflow.describe())
    total = sharder.cutflow.raw[0]
    logger.info("%s: %d of %d events selected", sharder.source.name, rows, total)
    if rows == 0:
        logger.warning(
            "%s: no event of sample %s passes the selection", sharder.source, sharder.sample
        )


def list_objects(settings: NtupleFormat, cuts: Sequence[Cut], layout: Layout) -> list[str]:
    """List the objects that a shard needs.

    Parameters
    ----------
    settings
        The ntuple format.
    cuts
        The selection: `n_<object>` in a cut needs that object.
    layout
        Its types are objects.

    Returns
    -------
    list of str
        Each once, in the order of first need.
    """
    counted = [
        name.removeprefix("n_") for cut in cuts for name in sorted(Expression(cut.require).names)
    ]
    known = [name for name in counted if name in settings.objects]
    return list(dict.fromkeys([*layout.types, *settings.leptons, *known]))


def write_sorted(tables: Iterator[pa.Table], output: Path, provenance: Mapping[str, Any]) -> int:
    """Sort by key with bounded memory: what exceeds it goes to disk as sorted runs.

    Parameters
    ----------
    tables
        At least one, with equal columns; may be empty.
    output
        The Parquet file to write; use it with `write_whole`.
    provenance
        Stored in the file.

    Returns
    -------
    int
        Number of rows. Equal keys keep the order in which they came.
    """
    sources: list[Source] = []
    waiting: list[pa.Table] = []
    rows = 0
    with TemporaryDirectory(dir=output.parent, prefix=".runs-") as folder:
        for table in tables:
            waiting.append(table)
            rows += table.num_rows
            if sum(part.num_rows for part in waiting) >= ROWS_IN_MEMORY:
                run = Path(folder) / f"{len(sources)}.parquet"
                run_rows = _sort(waiting)
                _write_pieces(run, [partial(slice_events, run_rows)], run_rows.num_rows, {})
                sources.append(partial(read_events, run))
                waiting.clear()
        if waiting:
            sources.append(partial(slice_events, _sort(waiting)))
        _write_pieces(output, sources, rows, provenance)
    return rows


def _sort(tables: Sequence[pa.Table]) -> pa.Table:
    return sort_by_key(pa.concat_tables(tables))


def _write_pieces(
    output: Path, sources: Sequence[Source], rows: int, provenance: Mapping[str, Any]
) -> None:
    schema = sources[0](KeyRange(0, 0)).schema
    with ShardWriter(output, schema, provenance) as writer:
        for piece in merge_events(sources, ALL_KEYS, count_groups(rows)):
            writer.write(piece)
