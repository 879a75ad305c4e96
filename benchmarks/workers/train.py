"""Epochs of a network by the library, or one by a plain loop of torch on tensors in memory."""

import os
import time
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import torch
from torch import nn

from benchmarks.environment import serve
from benchmarks.networks import LEAKY_SLOPE
from benchmarks.workers.job import prepare
from rapidmass.config.models.training import TrainingSettings
from rapidmass.models.export.model_card import Trained
from rapidmass.models.inputs.scaler import Scaler
from rapidmass.models.networks.registry import read_settings
from rapidmass.models.training.train import train
from rapidmass.provenance.atomic_files import read_json

SOME, MORE = 1, 6  # epochs; what is done once before them drops out of the difference

ACTIVATIONS: dict[str, Callable[[], nn.Module]] = {
    "tanh": nn.Tanh,
    "relu": nn.ReLU,
    "leaky_relu": lambda: nn.LeakyReLU(LEAKY_SLOPE),
}


def work(request: dict[str, Any]) -> dict[str, Any]:
    """Train, and time it without the imports."""
    prepare()
    ways = {"ours": _train, "epochs": _train_longer, "torch": _train_plainly}
    way = ways[request["way"]]
    return way(request)


def _train(request: dict[str, Any]) -> dict[str, Any]:
    _run(request, request["small"])  # imports half of torch, and loads what is compiled
    cpu, wall = time.process_time(), time.perf_counter()
    record = _run(request, request["megaset"]).history[-1]
    wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
    events, loss = record["training_events"], record["validation_loss"]
    return {"wall": wall, "cpu": cpu, "events": events, "loss": loss}


def _train_longer(request: dict[str, Any]) -> dict[str, Any]:
    """Measure epochs of a training whose processes begin with it, and end with it."""
    _run(request, request["small"])
    used = []
    for epochs in (SOME, MORE):
        before = os.times()
        trained = _run(request, request["megaset"], epochs)
        used.append([end - start for start, end in zip(before, os.times(), strict=True)])
    *cpu, wall = (more - some for some, more in zip(*used, strict=True))
    if wall <= 0:
        raise RuntimeError(f"{MORE} epochs took no longer than {SOME}: ask for more events")
    events = sum(record["training_events"] for record in trained.history[SOME:])
    loss = trained.history[-1]["validation_loss"]
    return {"wall": wall, "cpu": sum(cpu), "events": events, "loss": loss}


def _run(request: dict[str, Any], megaset: str, epochs: int = 1) -> Trained:
    settings = {key: request[key] for key in ("threads", "processes") if key in request}
    with TemporaryDirectory() as folder:
        return train(
            [Path(megaset)],
            Scaler.from_json(read_json(Path(request["scaler"]))),
            read_settings({**request["network"], "epochs": epochs}),
            settings=TrainingSettings(**settings),
            seed=1,
            validation_fraction=0.1,
            checkpoint=Path(folder, "checkpoint.pt"),
            name="toy",
            selection="toy",
            code="",
        )


def _train_plainly(request: dict[str, Any]) -> dict[str, Any]:
    torch.set_num_threads(request["threads"])
    torch.manual_seed(1)
    x, held = (torch.from_numpy(np.load(request[name])) for name in ("training", "validation"))
    settings = request["network"]
    network, size = _build(settings["layers"], x.shape[1]), settings["batch_size"]
    optimiser = torch.optim.Adam(network.parameters(), lr=settings["optimiser"]["learning_rate"])

    def compute_loss(batch: torch.Tensor) -> torch.Tensor:
        with torch.autocast("cpu", torch.bfloat16, enabled=settings["precision"] == "bf16"):
            output = network(batch)
        return nn.functional.mse_loss(output.float(), batch)

    compute_loss(x[:size]).backward()  # type: ignore[no-untyped-call]
    cpu, wall = time.process_time(), time.perf_counter()
    for rows in torch.split(torch.randperm(len(x)), size):
        optimiser.zero_grad()
        compute_loss(x[rows]).backward()  # type: ignore[no-untyped-call]
        optimiser.step()
    with torch.no_grad():
        losses = [compute_loss(b).item() * len(b) for b in torch.split(held, size)]
    wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
    return {"wall": wall, "cpu": cpu, "events": len(x), "loss": sum(losses) / len(held)}


def _build(layers: list[dict[str, Any]], inputs: int) -> nn.Sequential:
    modules: list[nn.Module] = []
    before = inputs
    for layer in layers:
        units = inputs if layer["units"] == "inputs" else layer["units"]
        affine = nn.Linear(before, units)
        nn.init.xavier_uniform_(affine.weight)
        nn.init.zeros_(affine.bias)
        modules += [affine, ACTIVATIONS[layer["activation"]]()]
        before = units
    return nn.Sequential(*modules)


if __name__ == "__main__":
    serve(work)
