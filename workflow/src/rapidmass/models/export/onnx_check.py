"""Whether an exported network computes what the trained one computes."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import onnxruntime
import torch
from numpy.typing import NDArray

from rapidmass.config.models.network import NeuralNetwork
from rapidmass.models.export.model_card import Trained
from rapidmass.models.export.onnx_export import ScoringGraph
from rapidmass.representations.base import Representation
from rapidmass.storage.parquet import iterate_events

TOLERANCE = 1e-5
LOOSEST = 1e-3
ROUNDINGS = 8  # times what the last bits of the inputs change
ROUNDING = float(np.finfo(np.float32).eps)
Outputs = Mapping[str, NDArray[np.float32]]


def check_parity(
    trained: Trained, path: Path, megasets: Sequence[Path], *, rows: int = 4096
) -> dict[str, float]:
    """Make sure that the exported file computes what the network computes.

    Parameters
    ----------
    trained
        The network.
    path
        What `rapidmass.models.export.onnx_export.export_onnx` wrote.
    megasets
        Where to take events from: the first ones that there are.
    rows
        How many events to compare at most.

    Returns
    -------
    dict
        `events` compared, and the largest difference of each output that is compared directly,
        relative, and absolute for magnitudes below 1; and of the summed `error` of events.

    Raises
    ------
    ValueError
        If there is no event, or an output or an error differs by more than the rounding of single
        precision can explain.

    Notes
    -----
    An output may differ by 1e-5. Networks that apply the same weights again and again (LSTM, GRU)
    amplify rounding: where it moves an output by more, if the last bit of each input is changed,
    eight times that is allowed, but never more than 1e-3.

    Scores that are logarithms of errors, and the errors of cells, are compared as errors, with
    those computed in double precision from the n cells y that the file gave back and the scaled
    inputs x = r + s, where r is the product and s the shift. Each operation rounds by half of
    eps = 1.2e-7 of its result, and a logarithm before it by as much, so a difference y_i - x_i is
    off by at most h_i = 4 eps (|x_i| + |y_i| + |s_i|), be x rounded differently here and there.
    For squared errors S, with h^2 = sum_i h_i^2, Cauchy's inequality allows
    |dS| <= 2 h sqrt(S) + h^2, for absolute ones sum_i h_i; adding n of them and taking the
    logarithm allow (n + 8 |score| + 16) eps S more. Of a network so good that S is of the size of
    h^2, the score is noise, but S is not.
    """
    raw = _read_rows(megasets, rows, trained.scaler.representation)
    graph = ScoringGraph(trained).eval()
    with torch.no_grad():
        x, mask = (part.numpy() for part in graph.scale_elements(torch.from_numpy(raw)))
        expected = {name: part.numpy() for name, part in graph(torch.from_numpy(raw)).items()}
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    session = onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])
    found = dict(zip(expected, session.run(list(expected), {"x": raw}), strict=True))
    parity: dict[str, float] = {"events": len(raw)}
    moved = _move_inputs(graph, raw)
    for name in expected:
        if "error" not in name:
            difference = _compare(found[name], expected[name])
            noise = float(_compare(moved[name], expected[name]).max())
            allowed = min(max(TOLERANCE, ROUNDINGS * noise), LOOSEST)
            _require(path, name, difference, np.full(difference.shape, allowed))
            parity[name] = float(difference.max())
    if "reconstruction" in found:
        h = (
            4
            * ROUNDING
            * (np.abs(x) + np.abs(found["reconstruction"]) + np.abs(graph.shift.numpy()))
        )
        parity["error"] = _compare_errors(
            path, found, x, mask, h.astype(np.float64), trained.architecture
        )
    return parity


def _move_inputs(graph: ScoringGraph, raw: NDArray[np.float32]) -> Outputs:
    """Compute the outputs with the last bit of each input changed, up and down in turn."""
    sign = np.where(np.arange(raw.size).reshape(raw.shape) % 2 == 0, 1, -1)
    moved = np.nextafter(raw, sign * np.float32(np.inf), dtype=np.float32)
    with torch.no_grad():
        return {name: part.numpy() for name, part in graph(torch.from_numpy(moved)).items()}


def _compare(found: NDArray[np.float32], expected: NDArray[np.float32]) -> NDArray[np.float32]:
    """Find differences, relative, and absolute for magnitudes below 1."""
    difference: NDArray[np.float32] = np.abs(found - expected)
    difference /= np.maximum(np.abs(expected), 1.0)
    return difference


def _compare_errors(
    path: Path,
    found: Outputs,
    x: NDArray[np.float32],
    mask: NDArray[np.float32],
    h: NDArray[np.float64],
    architecture: NeuralNetwork,
) -> float:
    """Compare errors of cells and events; the largest difference of the sums, absolute."""
    difference = found["reconstruction"].astype(np.float64) - x
    if architecture.needs_mask:
        difference, h = difference * mask, h * mask
    is_absolute = getattr(architecture, "loss", None) == "l1"
    errors = np.abs(difference) if is_absolute else difference**2
    slack = h if is_absolute else 2 * h * np.abs(difference) + h**2
    tiny = np.finfo(np.float32).tiny
    _require(
        path,
        "error of a cell",
        np.abs(found["cell_errors"] - errors),
        slack + 4 * ROUNDING * errors + tiny,
    )
    largest = 0.0
    for name, kept in (("score_error", np.ones_like(mask)), ("score_mean_error", mask)):
        total = (errors * kept).sum(axis=1)
        number = kept.sum(axis=1).clip(min=1) if name == "score_mean_error" else 1.0
        rounding = _bound_rounding(total, h * kept, is_absolute)
        score = found[name].astype(np.float64)
        off = np.abs(10.0**score * number - total)
        logarithm = np.abs(np.log10(np.maximum(total, tiny)))
        rounding += (x.shape[1] + 8 * logarithm + 16) * ROUNDING * total + 2 * tiny * number
        _require(path, f"error behind {name}", off, rounding)
        largest = max(largest, float(off.max()))
    return largest


def _bound_rounding(
    total: NDArray[np.float64], h: NDArray[np.float64], is_absolute: bool
) -> NDArray[np.float64]:
    if is_absolute:
        whole: NDArray[np.float64] = h.sum(axis=1)
        return whole
    norm = np.linalg.norm(h, axis=1)
    bound: NDArray[np.float64] = 2 * norm * np.sqrt(total) + norm**2
    return bound


def _require(
    path: Path, name: str, difference: NDArray[np.floating], tolerance: NDArray[np.float64]
) -> None:
    wrong = np.flatnonzero(~(difference <= tolerance))
    if wrong.size:
        worst = wrong[np.argmax((difference / tolerance).flat[wrong])]
        raise ValueError(
            f"{path}: {name} differs from the trained network by {difference.flat[worst]:.2g}, "
            f"more than {tolerance.flat[worst]:.2g}; another version of onnx or onnxruntime may "
            "help"
        )


def _read_rows(
    megasets: Sequence[Path], rows: int, representation: Representation
) -> NDArray[np.float32]:
    for path in megasets:
        for table in iterate_events(path, rows=rows):
            return representation.decode(table).fill(padding=np.nan)
    raise ValueError(f"no event in {', '.join(map(str, megasets))} to compare networks on")
