"""Anomaly scores of events, by an exported network."""

import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray
from onnxruntime.capi import onnxruntime_pybind11_state as runtime_errors

from rapidmass.files import write_whole
from rapidmass.rmm import Layout, densify
from rapidmass.rmm.blocks import ROWS_PER_BLOCK, iterate_blocks
from rapidmass.shards import iterate_events, open_shard
from rapidmass.tables import check_layout, get_matrices, get_selection


def score_events(
    model: Path,
    sources: Sequence[Path],
    output: Path,
    *,
    threads: int,
    provenance: Mapping[str, Any],
) -> None:
    """Score every event of some files.

    The score is log10 of the sum over the network's inputs of the squared difference between
    scaled cell and reconstruction. The sum is at least the smallest normal float32, 1.2e-38: the
    score of a perfect reconstruction is -37.9, not minus infinity.

    Parameters
    ----------
    model
        What `rapidmass.export.export_onnx` wrote.
    sources
        Shards or megasets of the model's selection and layout, all with the same columns.
    output
        Parquet file to write: every column of the sources but `rmm` and `n_<type>`, and `score`
        (float32); rows in the order of the sources.
    threads
        Processor threads.
    provenance
        Where the scores come from: stored as JSON under `rapidmass.provenance`.

    Raises
    ------
    ValueError
        If the model or a source is not what it should be, selections, layouts or columns differ, or
        a score is not finite; the message names file and event key.
    """
    if not sources:
        raise ValueError(f"{output}: no file to score")
    scorer = _Scorer(model, threads)
    schema = _make_schema(sources[0], scorer)
    metadata = {"rapidmass.provenance": json.dumps(provenance)}
    texts = [field.name for field in schema if pa.types.is_string(field.type)]
    with (
        write_whole(output) as temporary,
        pq.ParquetWriter(
            temporary,
            schema.with_metadata(metadata),
            compression="zstd",
            compression_level=1,
            use_dictionary=texts or False,
        ) as writer,
    ):
        for path in sources:
            if _make_schema(path, scorer) != schema:
                raise ValueError(f"{path} has other columns than {sources[0]}: score them apart")
            for table in _score_file(scorer, path, schema):
                writer.write_table(table)


class _Scorer:
    """An exported network, loaded."""

    def __init__(self, model: Path, threads: int) -> None:
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        options.inter_op_num_threads = 1
        try:
            self._session = onnxruntime.InferenceSession(
                model, options, providers=["CPUExecutionProvider"]
            )
        except (runtime_errors.InvalidProtobuf, runtime_errors.InvalidGraph) as error:
            raise ValueError(f"{model} is no ONNX model ({error}); export it anew") from error
        properties = self._session.get_modelmeta().custom_metadata_map
        if not {"rapidmass.layout", "rapidmass.selection"} <= properties.keys():
            raise ValueError(f"{model} does not say which events it takes; export it anew")
        self.path = model
        self.selection = properties["rapidmass.selection"]
        self.layout = Layout(**json.loads(properties["rapidmass.layout"]))
        self._dense = np.empty((ROWS_PER_BLOCK, self.layout.n_cells), dtype=np.float32)

    def score(self, table: pa.Table) -> NDArray[np.float32]:
        """Score the events of a table, shape (events,)."""
        matrices = get_matrices(table)
        scores = np.empty(len(matrices), dtype=np.float32)
        for rows, some in iterate_blocks(matrices):
            dense = densify(some, out=self._dense[: len(some)])
            (scores[rows],) = self._session.run(["score"], {"rmm": dense})
        return scores


def _make_schema(path: Path, scorer: _Scorer) -> pa.Schema:
    with open_shard(path) as parquet:
        schema = parquet.schema_arrow
    check_layout(scorer.layout, schema, path)
    found = get_selection(schema)
    if found not in (None, scorer.selection):
        raise ValueError(
            f"{path} holds events of the selection {found}, but {scorer.path} was trained on "
            f"{scorer.selection}: score them with a network of {found}, or build them for "
            f"{scorer.selection}"
        )
    matrix = {"rmm", *(f"n_{name}" for name in scorer.layout.types)}
    fields = [field for field in schema if field.name not in matrix]
    return pa.schema([*fields, pa.field("score", pa.float32())])


def _score_file(scorer: _Scorer, path: Path, schema: pa.Schema) -> Iterator[pa.Table]:
    for table in iterate_events(path):
        scores = scorer.score(table)
        bad = np.flatnonzero(~np.isfinite(scores))
        if bad.size:
            key = table.column("key")[int(bad[0])].as_py()
            raise ValueError(
                f"{path}: the score of event {key} is {scores[bad[0]]} ({bad.size} such events); "
                "its matrix holds numbers that are not finite, or the model is broken"
            )
        columns = [*(table.column(name) for name in schema.names[:-1]), pa.array(scores)]
        yield pa.Table.from_arrays(columns, schema=schema)
