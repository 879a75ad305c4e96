"""Files of scores: every event of a dataset, with what a network or a baseline says of it."""

import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from rapidmass.datasets.folds import Fold
from rapidmass.models.export.onnx_model import Model
from rapidmass.representations.base import Representation
from rapidmass.representations.registry import check_representation
from rapidmass.scores.blinding import is_below, write_thresholds
from rapidmass.scores.files import open_scores
from rapidmass.storage.duplicates import refuse_shared
from rapidmass.storage.parquet import iterate_events, open_shard
from rapidmass.storage.tables import get_selection


class Scorer(Protocol):
    """What gives scores to events.

    Parameters
    ----------
    name
        What errors call it.
    representation
        How the events are shown that it takes.
    selection
        Selection whose events it was trained on; None if any will do.
    fold
        Events that it was not trained on while others of its kind were; None without folds.
    """

    name: str
    representation: Representation
    selection: str | None
    fold: Fold | None

    @property
    def columns(self) -> Sequence[str]:
        """Names of its scores in a file."""

    def score(self, table: pa.Table) -> Mapping[str, NDArray[np.float32]]:
        """Compute the scores of events, each (events,), by column."""


class NetworkScorer:
    """The scores of an exported network.

    Parameters
    ----------
    path
        What `rapidmass.models.export.onnx_export.export_onnx` wrote.
    scores
        Names of scores that the network can give. The first becomes the column `score`, a further
        one `score_<name>`.
    threads
        Processor threads.

    Raises
    ------
    ValueError
        If the file is no network, or it has no such score.
    """

    def __init__(self, path: Path, scores: Sequence[str], *, threads: int) -> None:
        self._model = Model(path, threads)
        self.name = str(path)
        self.representation: Representation = self._model.representation
        self.selection: str | None = self._model.selection
        self.fold: Fold | None = self._model.fold
        self._outputs = {name_column(scores, score): f"score_{score}" for score in scores}
        self.columns = tuple(self._outputs)

    def score(self, table: pa.Table) -> Mapping[str, NDArray[np.float32]]:
        """Compute the scores of events, each (events,), by column."""
        found = self._model.run(table, list(self._outputs.values()))
        return {column: found[output] for column, output in self._outputs.items()}


def name_column(scores: Sequence[str], score: str) -> str:
    """Name the column of a score.

    Parameters
    ----------
    scores
        All scores of the network.
    score
        One of them.

    Returns
    -------
    str
        `score` for the first, `score_<name>` for a further one.
    """
    return "score" if score == scores[0] else f"score_{score}"


def write_scores(
    scorer: Scorer,
    sources: Sequence[Path],
    output: Path,
    *,
    provenance: Mapping[str, Any],
    blind_above: Mapping[str, float] | None = None,
) -> None:
    """Score every event of some files.

    Parameters
    ----------
    scorer
        What gives the scores.
    sources
        Shards or megasets of the scorer's selection and representation, all with the same columns.
    output
        Parquet file to write: every column of the sources but those of the representation, and the
        scores (float32); rows in the order of the sources.
    provenance
        Where the scores come from: stored as JSON under `rapidmass.provenance.requests`.
    blind_above
        Thresholds by column: events with a larger score in any of them are left out. The file says
        so, see `rapidmass.scores.blinding.read_thresholds`.

    Raises
    ------
    ValueError
        If a source is not what it should be, selections, representations or columns differ, two
        sources hold the same event, or a score is not finite; the message names file and event.
    """
    if not sources:
        raise ValueError(f"{output}: no file to score")
    schema = _make_schema(sources[0], scorer)
    # megasets were checked when they were merged
    if len(sources) > 1 and {"run", "event"} <= set(schema.names):
        refuse_shared(sources)
    blind_above = blind_above or {}
    metadata = {
        b"rapidmass.provenance.requests": json.dumps(provenance),
        **write_thresholds(blind_above),
    }
    with open_scores(output, schema.with_metadata(metadata)) as writer:
        for path in sources:
            if _make_schema(path, scorer) != schema:
                raise ValueError(f"{path} has other columns than {sources[0]}: score them apart")
            for table in _score_file(scorer, path, schema):
                writer.write_table(table.filter(pa.array(is_below(table, blind_above))))


def _make_schema(path: Path, scorer: Scorer) -> pa.Schema:
    with open_shard(path) as parquet:
        schema = parquet.schema_arrow
    check_representation(scorer.representation, schema, path)
    found = get_selection(schema)
    if found is not None and scorer.selection not in (None, found):
        raise ValueError(
            f"{path} holds events of the selection {found}, but {scorer.name} was trained on "
            f"{scorer.selection}: score them with a network of {found}, or build them for "
            f"{scorer.selection}"
        )
    fields = [field for field in schema if field.name not in scorer.representation.columns]
    return pa.schema([*fields, *(pa.field(name, pa.float32()) for name in scorer.columns)])


def _score_file(scorer: Scorer, path: Path, schema: pa.Schema) -> Iterator[pa.Table]:
    for table in iterate_events(path):
        try:
            scores = scorer.score(table)
        except ValueError as error:
            raise ValueError(f"{path}: {error}; remove the file to have it rebuilt") from error
        for name, values in scores.items():
            bad = np.flatnonzero(~np.isfinite(values))
            if bad.size:
                key = table.column("key")[int(bad[0])].as_py()
                raise ValueError(
                    f"{path}: the {name} of event {key} is {values[bad[0]]} ({bad.size} such "
                    f"events): {scorer.name} is broken; remove it to have it made anew"
                )
        columns = [
            pa.array(scores[name]) if name in scores else table.column(name)
            for name in schema.names
        ]
        yield pa.Table.from_arrays(columns, schema=schema)
