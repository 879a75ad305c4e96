"""Exported networks as C++: what a header holds of one."""

import base64
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import onnx
import onnxruntime

from rapidmass.models.export.cpp_operations import Translation, UnknownOperationError

SCORE = "score_"
LETTERS = 4000  # of base64 in a line: string literals are short enough for every compiler
ERRORS_ALONE = 3  # of messages: a warning says that the simplified file is for this machine


@dataclass(frozen=True)
class CppNetwork:
    """A network as pieces of a C++ header.

    Parameters
    ----------
    metadata
        What the ONNX file says of itself.
    n_elements
        How many elements it takes.
    statements
        C++ statements from `x`, a list of numbers, to the scores.
    scores
        Name of each score, and of the C++ variable that holds it.
    weights
        All weights, as lines of base64 of little-endian float32.
    n_weights
        How many there are.
    """

    metadata: Mapping[str, str]
    n_elements: int
    statements: Sequence[str]
    scores: Mapping[str, str]
    weights: Sequence[str]
    n_weights: int


def translate_network(path: Path) -> CppNetwork:
    """Translate an exported network.

    Parameters
    ----------
    path
        What `rapidmass.models.export.onnx_export.export_onnx` or
        `rapidmass.models.classifiers.trees_export.export_trees` wrote.

    Returns
    -------
    CppNetwork
        What its scores need; reconstructions and latent variables are left out.

    Raises
    ------
    UnknownOperationError
        If the network has an operation of which no C++ is written; the message names it.
    """
    original = onnx.load(path)
    metadata = {entry.key: entry.value for entry in original.metadata_props}
    model = _simplify(original)
    translation = Translation.begin(model)
    scores = [output.name for output in model.graph.output if output.name.startswith(SCORE)]
    for node in _select_nodes(model, scores):
        try:
            translation.add(node)
        except UnknownOperationError as error:
            raise UnknownOperationError(
                f"{path}: {error}; C++ is written of dense and convolutional layers and of trees, "
                "not of recurrent layers, transformers or flows: take the ONNX file"
            ) from None
    pool = np.concatenate([np.empty(0, np.float32), *translation.pool])
    text = base64.b64encode(pool.astype("<f4").tobytes()).decode("ascii")
    return CppNetwork(
        metadata=metadata,
        n_elements=translation.shapes["x"][1],
        statements=translation.statements,
        scores={name: translation.names[name] for name in scores},
        weights=[text[k : k + LETTERS] for k in range(0, len(text), LETTERS)],
        n_weights=len(pool),
    )


def _simplify(model: onnx.ModelProto) -> onnx.ModelProto:
    """Fix the number of events to one, and compute all that is constant then."""
    for value in (*model.graph.input, *model.graph.output):
        for dimension in value.type.tensor_type.shape.dim:
            if dimension.dim_param:
                dimension.dim_value = 1
    model.graph.ClearField("value_info")
    options = onnxruntime.SessionOptions()
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_ENABLE_BASIC
    options.log_severity_level = ERRORS_ALONE
    with tempfile.NamedTemporaryFile() as file:
        options.optimized_model_filepath = file.name
        content = model.SerializeToString()
        onnxruntime.InferenceSession(content, options, providers=["CPUExecutionProvider"])
        return onnx.shape_inference.infer_shapes(onnx.load(file.name))


def _select_nodes(model: onnx.ModelProto, wanted: Sequence[str]) -> list[onnx.NodeProto]:
    """Select the nodes that some values need, in the order of the graph."""
    needed, chosen = set(wanted), []
    for node in reversed(model.graph.node):
        if needed & set(node.output):
            needed |= set(node.input)
            chosen.append(node)
    return chosen[::-1]
