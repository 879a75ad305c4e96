"""A trained network as one ONNX file that takes raw events and gives scores."""

import logging
import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import onnx
import torch
from torch import Tensor, nn

from rapidmass.models.export.model_card import Trained
from rapidmass.models.export.onnx_file import write_onnx
from rapidmass.models.inputs.scaler import LOG_UNIT

OPSET = 18


class ScoringGraph(nn.Module):
    """From raw elements to scores: choice of elements, scaling and network.

    Parameters
    ----------
    trained
        The network and its scaler.
    """

    def __init__(self, trained: Trained) -> None:
        super().__init__()
        scaler, features = trained.scaler, trained.features
        self.network = trained.network
        self.bounds = scaler.bounds
        self.is_logarithmic = scaler.is_logarithmic
        self.whole = len(features) == len(scaler.representation.element_names)
        self.features: Tensor
        self.scale: Tensor
        self.shift: Tensor
        self.padding: Tensor
        self.register_buffer("features", torch.from_numpy(features))
        for name in ("scale", "shift", "padding"):
            self.register_buffer(name, torch.from_numpy(getattr(scaler, name)[features]))

    def forward(self, x: Tensor) -> dict[str, Tensor]:
        """Scale and let the network describe the events.

        Parameters
        ----------
        x
            Shape (events, elements): raw ones, NaN where absent.

        Returns
        -------
        dict
            What `rapidmass.models.networks.registry.Network.describe_events` gives, by name in
            alphabetical order.
        """
        described = self.network.describe_events(*self.scale_elements(x))
        return {name: described[name] for name in sorted(described)}

    def scale_elements(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """Choose and scale the elements that the network sees.

        Parameters
        ----------
        x
            Shape (events, elements): raw ones, NaN where absent.

        Returns
        -------
        x : Tensor, shape (events, inputs)
            Scaled elements.
        mask : Tensor, shape (events, inputs)
            1 where an event has the element, else 0.
        """
        x = x if self.whole else x.index_select(1, self.features)
        absent = x.isnan()
        if self.is_logarithmic:
            x = (x * (1 / LOG_UNIT)).asinh()
        x = torch.where(absent, self.padding, x * self.scale + self.shift)
        x = x if self.bounds is None else x.clamp(*self.bounds)
        return x, torch.where(absent, 0.0, 1.0)


def export_onnx(trained: Trained, path: Path, *, provenance: Mapping[str, Any]) -> None:
    """Write a trained network with its scaling as one ONNX file.

    Input `x` (events, elements), raw ones, NaN where absent; outputs as `ScoringGraph.forward`
    names them; metadata as `rapidmass.models.export.onnx_file.write_onnx` writes them.

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
    example = torch.zeros((2, len(trained.scaler.representation.element_names)))
    with _quiet(), torch.no_grad():
        names = list(graph(example))
        program = torch.onnx.export(
            graph,
            (example,),
            input_names=["x"],
            output_names=names,
            dynamic_shapes={"x": {0: torch.export.Dim("events")}},
            opset_version=OPSET,
            dynamo=True,
            verbose=False,
        )
    if program is None:
        raise RuntimeError("torch.onnx.export gave no program")
    model = program.model_proto
    _forget_origin(model)
    write_onnx(
        model,
        path,
        name=trained.name,
        selection=trained.selection,
        scaler=trained.scaler,
        features=trained.features,
        provenance=provenance,
    )


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
