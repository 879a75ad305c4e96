"""Exported networks, loaded to describe events."""

import json
from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np
import onnxruntime
import pyarrow as pa
from numpy.typing import NDArray
from onnxruntime.capi import onnxruntime_pybind11_state as runtime_errors

from rapidmass.datasets.folds import Fold
from rapidmass.representations.base import Encoded
from rapidmass.representations.registry import make_representation

EVENTS_PER_RUN = 256  # few enough for a layer's inputs and outputs to stay in cache
METADATA = ("representation", "selection", "features", "fold")


def open_session(model: Path | bytes, threads: int) -> onnxruntime.InferenceSession:
    """Load a network, from a file or from its content, to run on processor threads."""
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    return onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])


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
        try:
            self._session = open_session(path, threads)
        except (runtime_errors.InvalidProtobuf, runtime_errors.InvalidGraph) as error:
            raise ValueError(f"{path} is no ONNX model ({error}); export it anew") from error
        properties = self._session.get_modelmeta().custom_metadata_map
        if not {f"rapidmass.{name}" for name in METADATA} <= properties.keys():
            raise ValueError(f"{path} does not say which events it takes; export it anew")
        self.path = path
        self.selection: str = properties["rapidmass.selection"]
        self.representation = make_representation(
            json.loads(properties["rapidmass.representation"])
        )
        self.features = np.array(json.loads(properties["rapidmass.features"]), dtype=np.int64)
        fold = json.loads(properties["rapidmass.fold"])
        self.fold = None if fold is None else Fold(*fold)
        self.outputs: list[str] = [output.name for output in self._session.get_outputs()]

    def run(self, table: pa.Table, outputs: Sequence[str]) -> dict[str, NDArray[np.float32]]:
        """Describe the events of a table.

        Parameters
        ----------
        table
            Rows of a shard, megaset or test set, of this network's representation.
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
            If the network has no such output, or an element is not finite; the message names the
            event.
        """
        self._require(outputs)
        encoded = self.representation.decode(table)
        _check_finite(encoded, table)
        shape = min(EVENTS_PER_RUN, len(encoded)), len(self.representation.element_names)
        dense = np.empty(shape, np.float32)
        blocks = (
            some.fill(dense[: len(some)], padding=np.nan)
            for _, some in encoded.iterate_blocks(EVENTS_PER_RUN)
        )
        return self._run(blocks if len(encoded) else [dense], outputs)

    def run_rows(
        self, x: NDArray[np.float32], outputs: Sequence[str]
    ) -> dict[str, NDArray[np.float32]]:
        """Describe rows of elements.

        Parameters
        ----------
        x
            Shape (events, elements): elements as they are, NaN where absent.
        outputs
            As for `run`.

        Returns
        -------
        dict
            As `run` gives it.

        Raises
        ------
        ValueError
            If the network has no such output.
        """
        self._require(outputs)
        starts = range(0, max(len(x), 1), EVENTS_PER_RUN)
        return self._run((x[k : k + EVENTS_PER_RUN] for k in starts), outputs)

    def _require(self, outputs: Sequence[str]) -> None:
        absent = [name for name in outputs if name not in self.outputs]
        if absent:
            raise ValueError(
                f"{self.path} has no output {absent[0]!r}; it has {', '.join(self.outputs)}"
            )

    def _run(
        self, blocks: Iterable[NDArray[np.float32]], outputs: Sequence[str]
    ) -> dict[str, NDArray[np.float32]]:
        pieces = [self._session.run(list(outputs), {"x": x}) for x in blocks]
        return {
            name: np.concatenate([piece[k] for piece in pieces]) for k, name in enumerate(outputs)
        }


def _check_finite(encoded: Encoded, table: pa.Table) -> None:
    # the network would take them for absent
    invalid = encoded.find_invalid()
    if invalid is not None:
        event, value = invalid
        raise ValueError(f"an element of event {table.column('key')[event].as_py()} is {value}")
