"""Nodes of an exported network as C++ statements, for one event at a time."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

import numpy as np
import onnx
from numpy.typing import ArrayLike, NDArray

SINGLE: Mapping[str, str] = MappingProxyType(
    {
        "Abs": "std::abs(a)",
        "Asinh": "std::asinh(a)",
        "Exp": "std::exp(a)",
        "IsNaN": "std::isnan(a) ? 1.0F : 0.0F",
        "Log": "std::log(a)",
        "Neg": "-a",
        "Relu": "std::max(a, 0.0F)",
        "Sigmoid": "1.0F / (1.0F + std::exp(-a))",
        "Sqrt": "std::sqrt(a)",
        "Tanh": "std::tanh(a)",
    }
)
PAIRS: Mapping[str, str] = MappingProxyType(
    {
        "Add": "a + b",
        "Div": "a / b",
        "Max": "std::max(a, b)",
        "Mul": "a * b",
        "Pow": "std::pow(a, b)",
        "Sub": "a - b",
    }
)
SAME_NUMBERS = ("Flatten", "Identity", "Reshape", "Squeeze", "Unsqueeze")
LEAF, BELOW = b"LEAF", b"BRANCH_LT"


class UnknownOperationError(ValueError):
    """What a graph computes cannot be written in C++."""


@dataclass
class Translation:
    """C++ statements so far.

    Parameters
    ----------
    shapes
        Of every value for one event, by its name in the graph.
    constants
        Values that are known, by their names in the graph.
    names
        C++ variable of every value that has one.
    statements
        What was written.
    pool
        Weights so far, one after the other.
    """

    shapes: Mapping[str, tuple[int, ...]]
    constants: Mapping[str, NDArray[Any]]
    names: dict[str, str] = field(default_factory=lambda: {"x": "x"})
    statements: list[str] = field(default_factory=list)
    pool: list[NDArray[np.float32]] = field(default_factory=list)

    @classmethod
    def begin(cls, model: onnx.ModelProto) -> "Translation":
        """Begin with what is known of all values."""
        graph = model.graph
        shapes = {
            value.name: tuple(d.dim_value for d in value.type.tensor_type.shape.dim)
            for value in (*graph.input, *graph.value_info, *graph.output)
        }
        constants = {one.name: onnx.numpy_helper.to_array(one) for one in graph.initializer}
        return cls({**shapes, **{name: one.shape for name, one in constants.items()}}, constants)

    def add(self, node: onnx.NodeProto) -> None:
        """Write a node.

        Raises
        ------
        UnknownOperationError
            If it is none that is known.
        """
        given = {one.name: onnx.helper.get_attribute_value(one) for one in node.attribute}
        kind, inputs = node.op_type, list(node.input)
        if kind in SAME_NUMBERS:
            self._name(node.output[0], self._read(inputs[0]))
            return
        if kind in SINGLE:
            written = f"map_each({self._read(inputs[0])}, [](float a) {{ return {SINGLE[kind]}; }})"
        elif kind in PAIRS:
            written = self._combine(PAIRS[kind], inputs, node.output[0])
        elif kind in WRITERS:
            written = WRITERS[kind](self, inputs, given)
        else:
            raise UnknownOperationError(f"the operation {kind} is not known")
        self._name(node.output[0], written)

    def _name(self, value: str, written: str) -> None:
        if value in self.names:  # a model may give back what it was given
            return
        name = f"v{len(self.statements)}"
        self.statements.append(f"const Numbers {name} = {written};")
        self.names[value] = name

    def _read(self, value: str) -> str:
        """Name a value, which may be a constant."""
        if value not in self.names:
            constant = self.constants[value]
            if constant.size == 1:
                return f"Numbers{{{write_float(constant.item())}}}"
            self._name(value, f"read_weights({self._keep(constant)}, {constant.size})")
        return self.names[value]

    def _keep(self, numbers: ArrayLike) -> int:
        """Keep weights; return where they start."""
        start = sum(len(one) for one in self.pool)
        self.pool.append(np.asarray(numbers, dtype=np.float32).ravel())
        return start

    def _count(self, value: str) -> int:
        return int(np.prod(self.shapes[value], dtype=np.int64))

    def _combine(self, formula: str, inputs: Sequence[str], output: str) -> str:
        a, b = inputs
        counts = {self._count(a), self._count(b)} - {1}
        if len(counts) > 1 or (counts and counts != {self._count(output)}):
            raise UnknownOperationError(
                f"lists of {self._count(a)} and {self._count(b)} numbers are combined"
            )
        body = f"[](float a, float b) {{ return {formula}; }}"
        return f"combine({self._read(a)}, {self._read(b)}, {body})"

    def _write_leaky(self, inputs: Sequence[str], given: Mapping[str, Any]) -> str:
        slope = write_float(given.get("alpha", 0.01))
        body = f"return a < 0.0F ? {slope} * a : a;"
        return f"map_each({self._read(inputs[0])}, [](float a) {{ {body} }})"

    def _write_elu(self, inputs: Sequence[str], given: Mapping[str, Any]) -> str:
        alpha = write_float(given.get("alpha", 1.0))
        body = f"return a < 0.0F ? {alpha} * std::expm1(a) : a;"
        return f"map_each({self._read(inputs[0])}, [](float a) {{ {body} }})"

    def _write_clip(self, inputs: Sequence[str], _: Mapping[str, Any]) -> str:
        bounds = [*inputs[1:], ""][:2]
        low, high = (
            write_float(self.constants[name].item()) if name else default
            for name, default in zip(bounds, ("-INFINITY", "INFINITY"), strict=True)
        )
        body = f"return std::min(std::max(a, {low}), {high});"
        return f"map_each({self._read(inputs[0])}, [](float a) {{ {body} }})"

    def _write_where(self, inputs: Sequence[str], _: Mapping[str, Any]) -> str:
        return f"choose({', '.join(self._read(value) for value in inputs)})"

    def _write_gemm(self, inputs: Sequence[str], given: Mapping[str, Any]) -> str:
        weight = self.constants[inputs[1]]
        weight = weight.T if given.get("transB", 0) else weight
        if given.get("transA", 0) or (given.get("alpha", 1.0), given.get("beta", 1.0)) != (1, 1):
            raise UnknownOperationError("an affine map has other factors than 1, or is transposed")
        n_after = weight.shape[1]
        bias = self.constants[inputs[2]] if len(inputs) > 2 else np.zeros(n_after)
        places = f"{self._keep(weight)}, {self._keep(np.broadcast_to(bias, n_after))}"
        return f"map_affine({self._read(inputs[0])}, {places}, {n_after})"

    def _write_sum(self, inputs: Sequence[str], _: Mapping[str, Any]) -> str:
        axes = {int(axis) % len(self.shapes[inputs[0]]) for axis in self.constants[inputs[1]]}
        if axes != set(range(1, len(self.shapes[inputs[0]]))):
            raise UnknownOperationError("a sum is not over all numbers of an event")
        return f"sum({self._read(inputs[0])})"

    def _write_concat(self, inputs: Sequence[str], given: Mapping[str, Any]) -> str:
        if given["axis"] % len(self.shapes[inputs[0]]) != 1:
            raise UnknownOperationError("lists are joined along another axis than the second")
        return f"join({{{', '.join(self._read(value) for value in inputs)}}})"

    def _write_gather(self, inputs: Sequence[str], given: Mapping[str, Any]) -> str:
        if given.get("axis", 0) != 1 or len(self.shapes[inputs[0]]) != 2:
            raise UnknownOperationError("elements are chosen along another axis than the second")
        return f"choose_elements({self._read(inputs[0])}, {self._read(inputs[1])})"

    def _write_convolution(self, inputs: Sequence[str], given: Mapping[str, Any]) -> str:
        weight = self.constants[inputs[1]]
        after, before, height, width = weight.shape
        plain = {"strides": [1, 1], "dilations": [1, 1], "group": 1, "pads": [1, 1, 1, 1]}
        known = all(given.get(name, value) == value for name, value in plain.items())
        if (height, width) != (3, 3) or not known or "pads" not in given:
            raise UnknownOperationError("a convolution is not one of 3 x 3 with a border of 1")
        rows, columns = self.shapes[inputs[0]][2:]
        places = f"{self._keep(weight)}, {self._keep(self.constants[inputs[2]])}"
        return f"convolve({self._read(inputs[0])}, {places}, {before}, {after}, {rows}, {columns})"

    def _write_pooling(self, inputs: Sequence[str], given: Mapping[str, Any]) -> str:
        pairs = (given["kernel_shape"], given.get("strides", [1, 1]))
        if pairs != ([2, 2], [2, 2]) or any(given.get("pads", ())) or given.get("ceil_mode", 0):
            raise UnknownOperationError("a maximum is not taken over squares of 2 x 2")
        channels, rows, columns = self.shapes[inputs[0]][1:]
        return f"take_maxima({self._read(inputs[0])}, {channels}, {rows}, {columns})"

    def _write_trees(self, inputs: Sequence[str], given: Mapping[str, Any]) -> str:
        nodes = tabulate_trees(given)
        roots = np.flatnonzero(np.array(given["nodes_nodeids"]) == 0)
        (base,) = given.get("base_values", [0.0])
        places = f"{self._keep(nodes)}, {self._keep(roots)}, {len(roots)}"
        return f"walk_trees({self._read(inputs[0])}, {places}, {write_float(base)})"


WRITERS: Mapping[str, Callable[[Translation, Sequence[str], Mapping[str, Any]], str]] = {
    "Clip": Translation._write_clip,
    "Concat": Translation._write_concat,
    "Conv": Translation._write_convolution,
    "Elu": Translation._write_elu,
    "Gather": Translation._write_gather,
    "Gemm": Translation._write_gemm,
    "LeakyRelu": Translation._write_leaky,
    "MatMul": Translation._write_gemm,
    "MaxPool": Translation._write_pooling,
    "ReduceSum": Translation._write_sum,
    "TreeEnsembleRegressor": Translation._write_trees,
    "Where": Translation._write_where,
}


def tabulate_trees(given: Mapping[str, Any]) -> NDArray[np.float32]:
    """Tabulate the nodes of boosted trees.

    Parameters
    ----------
    given
        Attributes of ONNX's `TreeEnsembleRegressor`.

    Returns
    -------
    ndarray of float32, shape (nodes, 5)
        Feature, threshold, and the rows to go on with: below the threshold, not below it, and
        where the feature is absent. A leaf has the feature -1, and its vote as threshold.

    Raises
    ------
    UnknownOperationError
        If nodes compare otherwise, or rows are too many to be numbered in float32.
    """
    modes = set(given["nodes_modes"])
    if not modes <= {LEAF, BELOW} or len(given["nodes_modes"]) > 2**24:
        raise UnknownOperationError("trees compare in an unknown way, or have too many nodes")
    trees, numbers = given["nodes_treeids"], given["nodes_nodeids"]
    rows = {place: row for row, place in enumerate(zip(trees, numbers, strict=True))}
    votes = zip(given["target_treeids"], given["target_nodeids"], strict=True)
    weights = dict(zip(votes, given["target_weights"], strict=True))
    table = np.empty((len(rows), 5), np.float32)
    for place, row in rows.items():
        if given["nodes_modes"][row] == LEAF:
            table[row] = (-1, weights[place], 0, 0, 0)
            continue
        below = rows[place[0], given["nodes_truenodeids"][row]]
        above = rows[place[0], given["nodes_falsenodeids"][row]]
        absent = below if given["nodes_missing_value_tracks_true"][row] else above
        feature, value = given["nodes_featureids"][row], given["nodes_values"][row]
        table[row] = (feature, value, below, above, absent)
    return table


def write_float(number: float) -> str:
    """Write a number of 32 bits as C++ reads it, exactly."""
    text = np.format_float_scientific(np.float32(number), unique=True, trim="0")
    return f"{text}F"
