"""Boosted trees as files: as ONNX like a network, as XGBoost keeps them, and with a card."""

import json
import platform
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import onnxruntime
from numpy.typing import NDArray

from rapidmass.models.classifiers.boosted_trees import GrownTrees
from rapidmass.models.export.onnx_file import write_onnx
from rapidmass.models.inputs.class_sums import describe_classes
from rapidmass.provenance.atomic_files import write_json, write_whole
from rapidmass.storage.parquet import iterate_events

OPSET = 18
TREES_OPSET = 3
IR_VERSION = 9
TOLERANCE = 1e-5
SCORE = "score_logit"


def export_trees(trees: GrownTrees, path: Path, *, provenance: Mapping[str, Any]) -> None:
    """Write boosted trees as one ONNX file that takes raw events and gives scores.

    Input `x` (events, elements), raw ones, NaN where absent; output `score_logit` (events,).

    Parameters
    ----------
    trees
        The trees.
    path
        The file.
    provenance
        Where they come from, in JSON types.
    """
    helper, numbers = onnx.helper, onnx.TensorProto
    elements = len(trees.scaler.representation.element_names)
    constants = {"features": trees.features, "columns": np.array([1], dtype=np.int64)}
    nodes = [
        helper.make_node("Gather", ["x", "features"], ["seen"], axis=1),
        helper.make_node(
            "TreeEnsembleRegressor", ["seen"], ["sum"], domain="ai.onnx.ml", **_list_nodes(trees)
        ),
        helper.make_node("Squeeze", ["sum", "columns"], [SCORE]),
    ]
    graph = helper.make_graph(
        nodes,
        "trees",
        [helper.make_tensor_value_info("x", numbers.FLOAT, ["events", elements])],
        [helper.make_tensor_value_info(SCORE, numbers.FLOAT, ["events"])],
        [onnx.numpy_helper.from_array(value, name) for name, value in constants.items()],
    )
    versions = [helper.make_opsetid("", OPSET), helper.make_opsetid("ai.onnx.ml", TREES_OPSET)]
    model = helper.make_model(graph, opset_imports=versions, ir_version=IR_VERSION)
    onnx.checker.check_model(model)
    write_onnx(
        model,
        path,
        name=trees.name,
        selection=trees.selection,
        scaler=trees.scaler,
        features=trees.features,
        provenance=provenance,
    )


def _list_nodes(trees: GrownTrees) -> dict[str, Any]:
    """List the nodes of all trees, as attributes of the operator."""
    found: dict[str, list[Any]] = {
        f"nodes_{name}": []
        for name in (
            "treeids", "nodeids", "featureids", "values", "modes", "truenodeids", "falsenodeids",
            "missing_value_tracks_true",
        )
    }  # fmt: skip
    votes: dict[str, list[Any]] = {
        f"target_{name}": [] for name in ("treeids", "nodeids", "ids", "weights")
    }
    content = json.loads(trees.booster.save_raw("json"))
    for number, tree in enumerate(content["learner"]["gradient_booster"]["model"]["trees"]):
        left, right = tree["left_children"], tree["right_children"]
        for node, value in enumerate(tree["split_conditions"]):
            leaf = left[node] == -1
            row = (
                number, node,
                0 if leaf else tree["split_indices"][node],
                0.0 if leaf else value,
                "LEAF" if leaf else "BRANCH_LT",
                0 if leaf else left[node],
                0 if leaf else right[node],
                0 if leaf else int(tree["default_left"][node]),
            )  # fmt: skip
            for values, item in zip(found.values(), row, strict=True):
                values.append(item)
            if leaf:
                for values, item in zip(votes.values(), (number, node, 0, value), strict=True):
                    values.append(item)
    return {**found, **votes, "n_targets": 1, "base_values": [trees.margin]}


def check_parity(
    trees: GrownTrees, path: Path, megasets: Sequence[Path], *, rows: int = 4096
) -> dict[str, float]:
    """Make sure that the exported file computes what XGBoost computes.

    Parameters
    ----------
    trees
        The trees.
    path
        What `export_trees` wrote.
    megasets
        Where to take events from: the first ones that there are.
    rows
        How many events to compare at most.

    Returns
    -------
    dict
        `events` compared, and the largest difference of the score, relative, and absolute for
        magnitudes below 1.

    Raises
    ------
    ValueError
        If there is no event, or a score differs by more than 1e-5.
    """
    table = next((some for path in megasets for some in iterate_events(path, rows=rows)), None)
    if table is None:
        raise ValueError(f"no event in {', '.join(map(str, megasets))} to compare trees on")
    x = trees.scaler.representation.decode(table).fill(padding=np.nan)
    session = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])
    found: NDArray[np.float32] = session.run([SCORE], {"x": x})[0]
    expected = trees.compute_scores(np.ascontiguousarray(x[:, trees.features]))
    difference = np.abs(found - expected) / np.maximum(np.abs(expected), 1)
    if not difference.max() <= TOLERANCE:
        raise ValueError(
            f"{path}: {SCORE} differs from that of XGBoost by {difference.max():.2g}, more than "
            f"{TOLERANCE:g}; another version of onnx, onnxruntime or xgboost may help"
        )
    return {"events": len(x), SCORE: float(difference.max())}


def write_trees(
    trees: GrownTrees,
    *,
    booster: Path,
    history: Path,
    card: Path,
    provenance: Mapping[str, Any],
    parity: Mapping[str, float],
) -> None:
    """Write trees as XGBoost keeps them, history and card.

    Parameters
    ----------
    trees
        The trees.
    booster
        UBJSON, for `xgboost.Booster.load_model`; its predictions lack the card's `margin`.
    history
        JSON: one record a tree.
    card
        JSON: what the trees are, and what they were grown on.
    provenance
        Where they come from, as `rapidmass.provenance.requests.describe` tells it.
    parity
        What `check_parity` found.
    """
    with write_whole(booster) as temporary:
        temporary.write_bytes(trees.booster.save_raw("ubj"))
    write_json(history, {"step": "Tree", "epochs": trees.history})
    write_json(card, _describe_trees(trees, provenance, parity))


def _describe_trees(
    trees: GrownTrees, provenance: Mapping[str, Any], parity: Mapping[str, float]
) -> dict[str, Any]:
    scaler = trees.scaler
    dumped = trees.booster.get_dump(dump_format="json")
    elements = scaler.representation.element_names
    told = describe_classes(trees.sums)
    return {
        "name": trees.name,
        "selection": trees.selection,
        "architecture": trees.settings.model_dump(
            mode="json", exclude={"representation", "scaling", "scores"}
        ),
        "trees": trees.booster.num_boosted_rounds(),
        "margin": trees.margin,
        "parameters": sum(tree.count('"nodeid"') for tree in dumped),
        "representation": scaler.representation.describe(),
        "features": [elements[k] for k in trees.features],
        "gain": trees.share_gain(),
        "inputs": len(trees.features),
        "excluded_features": len(elements) - len(trees.features),
        "seed": trees.seed,
        "validation_fraction": trees.validation_fraction,
        "fold": None if scaler.fold is None else list(scaler.fold),
        "classes": told["classes"],
        "training_loss": trees.losses["training"],
        "validation_loss": trees.losses["validation"],
        "warnings": [*told["warnings"], *trees.warnings],
        "parity": dict(parity),
        "device": "cpu",
        "python": platform.python_version(),
        "provenance": dict(provenance),
    }
