"""ONNX files of models: what they say of the events that they take."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import onnx
from numpy.typing import NDArray

from rapidmass.models.inputs.scaler import Scaler
from rapidmass.provenance.atomic_files import write_whole


def read_filters(path: Path) -> list[Any] | None:
    """Read the filters of the first convolution.

    Parameters
    ----------
    path
        An exported network.

    Returns
    -------
    list or None
        Shape (filters, channels, rows, columns); None if there is no convolution.
    """
    graph = onnx.load(path).graph
    weights = {one.name: one for one in graph.initializer}
    for node in graph.node:
        if node.op_type == "Conv" and node.input[1] in weights:
            filters: list[Any] = onnx.numpy_helper.to_array(weights[node.input[1]]).tolist()
            return filters
    return None


def write_onnx(
    model: onnx.ModelProto,
    path: Path,
    *,
    name: str,
    selection: str,
    scaler: Scaler,
    features: NDArray[np.int64],
    provenance: Mapping[str, Any],
) -> None:
    """Write a model with what `rapidmass.models.export.onnx_model.Model` must know of it.

    The metadata hold, each under `rapidmass.<name>`: `name`, `selection`, and as JSON the
    `representation`, the flat indices of the elements that the model sees (`features`), the `fold`
    that it did not see (which of how many, or null), and the `provenance`.

    Parameters
    ----------
    model
        Input `x` (events, elements), raw ones, NaN where absent.
    path
        The file; weights are inside.
    name
        Name of the architecture.
    selection
        Name of the selection that the events passed.
    scaler
        Says of which representation they are, and which fold was left out.
    features
        Flat indices of the elements that the model sees.
    provenance
        Where the model comes from, in JSON types.
    """
    onnx.helper.set_model_props(
        model,
        {
            "rapidmass.name": name,
            "rapidmass.selection": selection,
            "rapidmass.representation": json.dumps(scaler.representation.describe()),
            "rapidmass.features": json.dumps(features.tolist()),
            "rapidmass.fold": json.dumps(scaler.fold),
            "rapidmass.provenance.requests": json.dumps(provenance),
        },
    )
    with write_whole(path) as temporary:
        temporary.write_bytes(model.SerializeToString(deterministic=True))
