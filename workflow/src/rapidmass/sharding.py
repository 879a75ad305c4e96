"""From one ROOT ntuple to one shard of rapidity-mass matrices, in one streaming pass."""

import logging
from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pyarrow as pa

from rapidmass.config.ntuple import NtupleFormat
from rapidmass.config.selection import Cut
from rapidmass.expressions import Expression
from rapidmass.files import write_json, write_whole
from rapidmass.identity import make_event_keys
from rapidmass.ntuples.objects import EventBuilder, Events
from rapidmass.ntuples.reader import NtupleError, iterate_chunks, open_tree
from rapidmass.ntuples.selection import EventVariables, Selector
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


def write_shard(
    source: Path,
    output: Path,
    cutflow: Path,
    *,
    sample: str,
    part: str,
    selection: str,
    is_data: bool,
    settings: NtupleFormat,
    cuts: Sequence[Cut],
    layout: Layout,
    seed: int,
    provenance: Mapping[str, Any],
) -> None:
    """Select the events of a ROOT file and write their matrices.

    Parameters
    ----------
    source
        The ROOT file.
    output
        The Parquet file to write: rows sorted by event key; weights without cross section.
    cutflow
        The JSON file to write: `steps`, `raw`, `weighted`.
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
    provenance
        Stored in the Parquet file.

    Raises
    ------
    NtupleError
        If the file cannot be used; nothing is written then.
    ValueError
        If the format or the selection is wrong in itself.
    """
    builder = EventBuilder(settings, list_objects(settings, cuts, layout), is_data=is_data)
    selector = Selector(cuts, settings.leptons)

    def tables() -> Iterator[pa.Table]:
        with open_tree(source, settings.tree) as tree:
            for chunk in iterate_chunks(source, tree, builder.branches):
                events, variables = selector.select(builder.build(chunk, source, part))
                columns = _collect_columns(events, variables, sample=sample, seed=seed)
                try:
                    matrices = build_sparse(layout, events.objects, events.met, events.met_phi)
                except ValueError as error:
                    raise NtupleError(f"{source}: {error}") from error
                yield make_table(matrices, columns, selection)

    with write_whole(output) as temporary:
        rows = _write_sorted(tables(), temporary, provenance)
    write_json(cutflow, selector.cutflow.describe())
    total = selector.cutflow.raw[0]
    logger.info("%s: %d of %d events selected", source.name, rows, total)
    if rows == 0:
        logger.warning("%s: no event of sample %s passes the selection", source, sample)


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


def _collect_columns(
    events: Events, variables: EventVariables, *, sample: str, seed: int
) -> dict[str, Any]:
    # run numbers have 32 bits: the number of the data set goes above them
    run = events.run ^ (events.dataset << 32)
    return {
        "key": make_event_keys(seed, sample, run, events.event),
        "run": events.run,
        "event": events.event,
        "generator_weight": events.generator_weight,
        "scale_factor": events.scale_factor,
        "met": events.met.astype("float32"),
        "met_phi": events.met_phi.astype("float32"),
        "m_ll": variables.values["m_ll"].astype("float32"),
        "m_lll": variables.values["m_lll"].astype("float32"),
        "flavour": pa.array(variables.flavour.tolist(), type=pa.string()),
    }


def _write_sorted(tables: Iterator[pa.Table], output: Path, provenance: Mapping[str, Any]) -> int:
    """Sort by key with bounded memory: what exceeds it goes to disk as sorted runs."""
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
