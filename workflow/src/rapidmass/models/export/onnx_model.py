"""Exported networks, loaded to describe events."""

import json
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import onnxruntime
import pyarrow as pa
from numpy.typing import NDArray
from onnxruntime.capi import onnxruntime_pybind11_state as runtime_errors

from rapidmass.representations.rmm.blocks import iterate_blocks
from rapidmass.representations.rmm.columns import get_matrices
from rapidmass.representations.rmm.layout import Layout
from rapidmass.representations.rmm.matrices import densify
from rapidmass.representations.rmm.sparse import SparseMatrices

EVENTS_PER_RUN = 256  # few enough for a layer's inputs and outputs to stay in cache
METADATA = ("layout", "selection", "cells")


class Model:
    """An exported network.

    Parameters
    ----------
    path
        What `rapidmass.models.export.onnx_export.export_onnx` wrote.
    threads
        Processor threads.

    Raises
    ------
    ValueError
        If the file is no such network.
    """

    def __init__(self, path: Path, threads: int) -> None:
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        options.inter_op_num_threads = 1
        try:
            self._session = onnxruntime.InferenceSession(
                path, options, providers=["CPUExecutionProvider"]
            )
        except (runtime_errors.InvalidProtobuf, runtime_errors.InvalidGraph) as error:
            raise ValueError(f"{path} is no ONNX model ({error}); export it anew") from error
        properties = self._session.get_modelmeta().custom_metadata_map
        if not {f"rapidmass.{name}" for name in METADATA} <= properties.keys():
            raise ValueError(f"{path} does not say which events it takes; export it anew")
        self.path = path
        self.selection: str = properties["rapidmass.selection"]
        self.layout = Layout(**json.loads(properties["rapidmass.layout"]))
        self.cells = np.array(json.loads(properties["rapidmass.cells"]), dtype=np.int64)
        self.outputs: list[str] = [output.name for output in self._session.get_outputs()]

    def run(self, table: pa.Table, outputs: Sequence[str]) -> dict[str, NDArray[np.float32]]:
        """Describe the events of a table.

        Parameters
        ----------
        table
            Rows of a shard, megaset or test set, of this network's layout.
        outputs
            Some of `outputs`: `score_<name>`, and where there are such `cell_errors` and
            `reconstruction` (events, inputs), `latent` (events, dimensions).

        Returns
        -------
        dict
            Arrays by name, the first dimension being the events.

        Raises
        ------
        ValueError
            If the network has no such output, or a cell is not finite; the message names the event.
        """
        absent = [name for name in outputs if name not in self.outputs]
        if absent:
            raise ValueError(
                f"{self.path} has no output {absent[0]!r}; it has {', '.join(self.outputs)}"
            )
        matrices = get_matrices(table)
        _check_finite(matrices, table)
        dense = np.empty((min(EVENTS_PER_RUN, len(matrices)), self.layout.n_cells), np.float32)
        pieces: list[list[NDArray[np.float32]]] = []
        for _, some in iterate_blocks(matrices, EVENTS_PER_RUN):
            rmm = densify(some, padding=np.nan, out=dense[: len(some)])
            pieces.append(self._session.run(list(outputs), {"rmm": rmm}))
        if not pieces:
            empty = np.empty((0, self.layout.n_cells), np.float32)
            pieces.append(self._session.run(list(outputs), {"rmm": empty}))
        return {
            name: np.concatenate([piece[k] for piece in pieces]) for k, name in enumerate(outputs)
        }


def _check_finite(matrices: SparseMatrices, table: pa.Table) -> None:
    # the network would take them for absent
    with np.errstate(all="ignore"):
        if np.isfinite(matrices.values.sum()):  # then each of them is
            return
    wrong = np.flatnonzero(~np.isfinite(matrices.values))
    if wrong.size:
        event = int(np.searchsorted(matrices.offsets, wrong[0], side="right")) - 1
        key = table.column("key")[event].as_py()
        raise ValueError(f"a matrix cell of event {key} is {matrices.values[wrong[0]]}")
