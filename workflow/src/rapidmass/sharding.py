"""From one ROOT ntuple to one shard of rapidity-mass matrices, in one streaming pass."""

import logging
from collections.abc import Iterator, Mapping, Sequence
from itertools import starmap
from pathlib import Path
from types import MappingProxyType
from typing import Any

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
from rapidmass.ntuples.reader import Chunk, NtupleError, iterate_chunks, open_tree
from rapidmass.ntuples.selection import EventVariables, Selector, compute_variables
from rapidmass.rmm.layout import Layout
from rapidmass.rmm.matrix import build_sparse
from rapidmass.sorting import write_sorted
from rapidmass.tables import make_table

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
            Those of a chunk that pass every cut, in the order of their keys, which is the order in
            which they are written: at least one chunk, which may be empty.

        Raises
        ------
        NtupleError
            If the file cannot be used.
        """
        with open_tree(self.source, self._tree) as tree:
            # a name for the chunk would keep it in memory while the next one is read
            yield from map(self._choose, iterate_chunks(self.source, tree, self._builder.branches))

    def _choose(self, chunk: Chunk) -> tuple[Events, EventVariables]:
        events = self._builder.build(chunk, self.source, self._part)
        return self._selector.select(events, np.argsort(self.identify(events)))

    def count_entries(self) -> int:
        """Count the events of the file, before any cut."""
        with open_tree(self.source, self._tree) as tree:
            return int(tree.num_entries)

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
            "flavour": variables.flavour.cast(pa.string()),
        }
        return make_table(matrices, described, self._selection)

    def _sum_pt(self, events: Events) -> NDArray[np.float64]:
        """Sum the pT of all objects of the layout's types, also of those beyond its slots."""
        total = np.zeros(len(events))
        for name in self._layout.types:
            total += events.objects[name].sum_pt()
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
    tables = starmap(sharder.tabulate, sharder.select())
    with write_whole(output) as temporary:
        rows = write_sorted(tables, temporary, provenance, sharder.count_entries())
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
