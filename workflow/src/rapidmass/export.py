"""A trained network as one ONNX file that takes raw matrices and gives scores."""

import json
import logging
import warnings
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import onnxruntime
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from rapidmass.files import write_whole
from rapidmass.rmm import densify
from rapidmass.shards import iterate_events
from rapidmass.tables import get_matrices
from rapidmass.training import Trained

TOLERANCE = 1e-5
ROUNDING = float(np.finfo(np.float32).eps)
OPSET = 18


class ScoringGraph(nn.Module):
    """From raw matrices to reconstruction and score: scaling, choice of cells and network.

    Parameters
    ----------
    trained
        The network and its scaler.
    """

    def __init__(self, trained: Trained) -> None:
        super().__init__()
        scaler, cells = trained.scaler, trained.cells
        self.network = trained.network
        self.bounds = scaler.bounds
        self.whole = len(cells) == scaler.layout.n_cells
        self.cells: Tensor
        self.scale: Tensor
        self.shift: Tensor
        self.register_buffer("cells", torch.from_numpy(cells))
        self.register_buffer("scale", torch.from_numpy(scaler.scale[cells]))
        self.register_buffer("shift", torch.from_numpy(scaler.shift[cells]))

    def forward(self, rmm: Tensor) -> tuple[Tensor, Tensor]:
        """Scale, reconstruct, compare.

        Parameters
        ----------
        rmm
            Shape (events, D * D): raw cells, 0 where absent.

        Returns
        -------
        reconstruction : Tensor, shape (events, inputs)
            Scaled cells as the network gives them back.
        score : Tensor, shape (events,)
            log10 of the sum over inputs of (reconstruction - scaled cell)^2. That sum is at least
            the smallest normal float32, 1.2e-38, so the score of a perfect reconstruction is
            -37.9, not minus infinity.
        """
        x = self.scale_cells(rmm)
        reconstruction = self.network.reconstruct(x)
        error = (reconstruction - x).square().sum(dim=1)
        return reconstruction, error.clamp(min=torch.finfo(torch.float32).tiny).log10()

    def scale_cells(self, rmm: Tensor) -> Tensor:
        """Choose and scale the cells that the network sees.

        Parameters
        ----------
        rmm
            Shape (events, D * D): raw cells, 0 where absent.

        Returns
        -------
        Tensor, shape (events, inputs)
            Scaled cells.
        """
        x = rmm if self.whole else rmm.index_select(1, self.cells)
        x = x * self.scale + self.shift
        return x if self.bounds is None else x.clamp(*self.bounds)


def export_onnx(trained: Trained, path: Path, *, provenance: Mapping[str, Any]) -> None:
    """Write a trained network with its scaling as one ONNX file.

    Input `rmm` (events, D * D), raw cells with 0 where absent; outputs `reconstruction`
    (events, inputs) and `score` (events,), as `ScoringGraph.forward` defines them. The metadata
    hold, each under `rapidmass.<name>`: `name`, `selection`, and as JSON the `layout` of the matrix
    and the `provenance`.

    Parameters
    ----------
    trained
        The network.
    path
        The file; weights are inside.
    provenance
        Where the network comes from, in JSON types.
    """
    graph = ScoringGraph(trained).eval()
    example = torch.zeros((2, trained.scaler.layout.n_cells))
    with _quiet(), torch.no_grad():
        program = torch.onnx.export(
            graph,
            (example,),
            input_names=["rmm"],
            output_names=["reconstruction", "score"],
            dynamic_shapes={"rmm": {0: torch.export.Dim("events")}},
            opset_version=OPSET,
            dynamo=True,
            verbose=False,
        )
    if program is None:
        raise RuntimeError("torch.onnx.export gave no program")
    model = program.model_proto
    _forget_origin(model)
    onnx.helper.set_model_props(
        model,
        {
            "rapidmass.name": trained.name,
            "rapidmass.selection": trained.selection,
            "rapidmass.layout": json.dumps(trained.scaler.layout.describe()),
            "rapidmass.provenance": json.dumps(provenance),
        },
    )
    with write_whole(path) as temporary:
        temporary.write_bytes(model.SerializeToString(deterministic=True))


@contextmanager
def _quiet() -> Iterator[None]:
    # The exporter tells of its own passes, of absent packages and of its own old calls.
    loggers = [logging.getLogger(name) for name in ("torch.onnx", "onnx_ir", "onnxscript")]
    levels = [logger.level for logger in loggers]
    for logger in loggers:
        logger.setLevel(logging.ERROR)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", FutureWarning)
            warnings.simplefilter("ignore", DeprecationWarning)
            yield
    finally:
        for logger, level in zip(loggers, levels, strict=True):
            logger.setLevel(level)


def _forget_origin(model: onnx.ModelProto) -> None:
    # The exporter notes the source line of each node, with this machine's paths.
    graph = model.graph
    for part in (graph, *graph.node, *graph.initializer, *graph.value_info):
        part.ClearField("metadata_props")
    for value in (*graph.input, *graph.output):
        value.ClearField("metadata_props")


def check_parity(
    trained: Trained, path: Path, megasets: Sequence[Path], *, rows: int = 4096
) -> dict[str, float]:
    """Make sure that the exported file computes what the network computes.

    Parameters
    ----------
    trained
        The network.
    path
        What `export_onnx` wrote.
    megasets
        Where to take events from: the first ones that there are.
    rows
        How many events to compare at most.

    Returns
    -------
    dict
        `events` compared; the largest difference of `reconstruction`, relative, and absolute for
        magnitudes below 1; and the largest difference of the `squared_error`, absolute.

    Raises
    ------
    ValueError
        If there is no event, a reconstruction y differs by more than 1e-5, or a squared error by
        more than the rounding of single precision can explain.

    Notes
    -----
    A score is compared as the squared error S = 10^score, against S = sum_i (y_i - x_i)^2 in double
    precision, from the n cells y that the file gave back and the scaled inputs x = r + s, where r
    is the product and s the shift. Each operation rounds by half of eps = 1.2e-7 of its result, so
    a difference y_i - x_i is off by at most h_i = 3 eps (|x_i| + |y_i| + |s_i|), be x rounded
    differently here and there. With h^2 = sum_i h_i^2, Cauchy's inequality allows
    |dS| <= 2 h sqrt(S) + h^2; adding n squares and taking the logarithm allow (n + 8 |score| + 8)
    eps S more. Of a network so good that S is of the size of h^2, the score is noise, but S is not.
    """
    rmm = _read_rows(megasets, rows)
    graph = ScoringGraph(trained).eval()
    with torch.no_grad():
        x = graph.scale_cells(torch.from_numpy(rmm)).numpy()
        expected = graph.network.reconstruct(torch.from_numpy(x)).numpy()
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    session = onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])
    found, score = session.run(["reconstruction", "score"], {"rmm": rmm})
    difference = np.abs(found - expected) / np.maximum(np.abs(expected), 1.0)
    _require(path, "reconstruction", difference, np.full(difference.shape, TOLERANCE))
    squares, tolerance = _sum_squares(found, x, graph.shift.numpy())
    error = np.abs(10.0 ** score.astype(np.float64) - squares)
    _require(path, "squared error of the score", error, tolerance)
    return {
        "events": len(rmm),
        "reconstruction": float(difference.max()),
        "squared_error": float(error.max()),
    }


def _sum_squares(
    y: NDArray[np.float32], x: NDArray[np.float32], shift: NDArray[np.float32]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Compute squared errors in double precision, and how far single precision may be off."""
    y, x = y.astype(np.float64), x.astype(np.float64)
    squares = ((y - x) ** 2).sum(axis=1)
    rounding = np.linalg.norm(3 * ROUNDING * (np.abs(x) + np.abs(y) + np.abs(shift)), axis=1)
    tiny = np.finfo(np.float32).tiny
    logarithm = np.abs(np.log10(np.maximum(squares, tiny)))
    return squares, (
        2 * rounding * np.sqrt(squares)
        + rounding**2
        + (y.shape[1] + 8 * logarithm + 8) * ROUNDING * squares
        + 2 * tiny
    )


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


def _read_rows(megasets: Sequence[Path], rows: int) -> NDArray[np.float32]:
    for path in megasets:
        for table in iterate_events(path, rows=rows):
            return densify(get_matrices(table))
    raise ValueError(f"no event in {', '.join(map(str, megasets))} to compare networks on")
