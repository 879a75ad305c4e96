"""One epoch of a network by the library, or by a plain loop of torch on tensors in memory."""

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

ACTIVATIONS: dict[str, Callable[[], nn.Module]] = {
    "tanh": nn.Tanh,
    "relu": nn.ReLU,
    "leaky_relu": lambda: nn.LeakyReLU(LEAKY_SLOPE),
}


def work(request: dict[str, Any]) -> dict[str, Any]:
    """Train, and time it without the imports."""
    prepare()
    way = {"ours": _train, "torch": _train_plainly}[request["way"]]
    return way(request)


def _train(request: dict[str, Any]) -> dict[str, Any]:
    scaler = Scaler.from_json(read_json(Path(request["scaler"])))
    architecture = read_settings(request["network"])

    def run(megaset: str) -> Trained:
        with TemporaryDirectory() as folder:
            return train(
                [Path(megaset)],
                scaler,
                architecture,
                settings=TrainingSettings(threads=request["threads"]),
                seed=1,
                validation_fraction=0.1,
                checkpoint=Path(folder, "checkpoint.pt"),
                name="toy",
                selection="toy",
                code="",
            )

    run(request["small"])  # imports half of torch, and loads what is compiled
    cpu, wall = time.process_time(), time.perf_counter()
    record = run(request["megaset"]).history[-1]
    wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
    events, loss = record["training_events"], record["validation_loss"]
    return {"wall": wall, "cpu": cpu, "events": events, "loss": loss}


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
