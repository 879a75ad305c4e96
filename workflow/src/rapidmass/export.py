"""A trained network as one ONNX file that takes raw matrices and gives scores."""

import json
import logging
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

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
        x = rmm if self.whole else rmm.index_select(1, self.cells)
        x = x * self.scale + self.shift
        if self.bounds is not None:
            x = x.clamp(*self.bounds)
        reconstruction = self.network.reconstruct(x)
        error = (reconstruction - x).square().sum(dim=1)
        return reconstruction, error.clamp(min=torch.finfo(torch.float32).tiny).log10()


def export_onnx(trained: Trained, path: Path) -> None:
    """Write a trained network with its scaling as one ONNX file.

    Input `rmm` (events, D * D), raw cells with 0 where absent; outputs `reconstruction`
    (events, inputs) and `score` (events,), as `ScoringGraph.forward` defines them. The layout of
    the matrix is in the metadata.

    Parameters
    ----------
    trained
        The network.
    path
        The file; weights are inside.
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
            "rapidmass.layout": json.dumps(trained.scaler.layout.describe()),
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
        `events` compared, and the largest difference of `reconstruction` and of `score`: relative,
        and absolute for magnitudes below 1.

    Raises
    ------
    ValueError
        If there is no event, or a difference is beyond 1e-5.
    """
    rmm = _read_rows(megasets, rows)
    graph = ScoringGraph(trained).eval()
    with torch.no_grad():
        expected = [output.numpy() for output in graph(torch.from_numpy(rmm))]
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    session = onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])
    found = session.run(["reconstruction", "score"], {"rmm": rmm})
    differences = {
        name: float(np.max(np.abs(a - b) / np.maximum(np.abs(a), 1.0)))
        for name, a, b in zip(("reconstruction", "score"), expected, found, strict=True)
    }
    for name, difference in differences.items():
        if not difference <= TOLERANCE:
            raise ValueError(
                f"{path}: {name} differs from the trained network by {difference:.2g}, more than "
                f"{TOLERANCE:g}; another version of onnx or onnxruntime may help"
            )
    return {"events": len(rmm), **differences}


def _read_rows(megasets: Sequence[Path], rows: int) -> NDArray[np.float32]:
    for path in megasets:
        for table in iterate_events(path, rows=rows):
            return densify(get_matrices(table))
    raise ValueError(f"no event in {', '.join(map(str, megasets))} to compare networks on")
