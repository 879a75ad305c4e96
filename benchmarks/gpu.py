"""Training on a graphics processor: events made dense there, against dense ones that are sent."""

import math
import os
from collections.abc import Generator
from contextlib import closing
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import torch

from benchmarks.loader import make_recipe
from benchmarks.networks import BATCH, NETWORKS, read_network
from benchmarks.options import SEED, Options
from benchmarks.pairing import Spread, get_rates, run_calls
from benchmarks.results import Findings, Row, compare_rates
from benchmarks.toy import write_toy_megaset
from rapidmass.config.models.training import Expand, TrainingSettings
from rapidmass.models.inputs.loader import Recipe, iterate_batches
from rapidmass.models.networks.registry import build_network, read_settings
from rapidmass.models.training.expansion import Expansion
from rapidmass.models.training.placement import Placed, Placer
from rapidmass.models.training.steps import Steps
from rapidmass.models.training.train import train

ABOUT = (
    "*ours* is `training.expand: device`: filled elements are sent in pinned memory, ahead of "
    "their use, and made dense and scaled on the device. The peer is `training.expand: host`: "
    "dense, scaled rows, sent in the same way. *epoch* is all of "
    "`rapidmass.models.training.train.train` with the layers and the optimiser of the delivered "
    "configuration, nine tenths of the events for training and one for validation, in batches of "
    "8192; *inputs* are its batches alone, until they are dense on the device; *steps* train on "
    "one batch that is there already, again and again: what training would do if inputs cost "
    "nothing. Validation losses of both ways are compared."
)
HOST = "expanded on the host"
WAYS: tuple[Expand, ...] = ("device", "host")
STEPS = 5  # what is timed must be longer than a call


def check_device(name: str) -> None:
    """Make torch use a kind of device in this process and those that it starts, or end it.

    Parameters
    ----------
    name
        `cuda`, or `cpu`.

    Raises
    ------
    SystemExit
        If there is none.
    """
    if name == "cpu":
        os.environ["CUDA_VISIBLE_DEVICES"] = ""
    elif not torch.cuda.is_available():
        raise SystemExit(
            "torch finds no CUDA device on this machine, so there is nothing to measure: go to one "
            "that has a graphics processor and torch for CUDA (envs/gpu.yaml), or try the lines "
            "out with --device cpu."
        )


def measure(options: Options) -> Findings:
    """Measure training on the graphics processor, or on what takes its place."""
    check_device(options.device)
    torch.set_num_threads(1)
    repeats = options.choose_repeats(5)
    megaset = write_toy_megaset(options.cache, options.choose_events(1_000_000, 3_000))
    device = torch.device(options.device)
    inputs = _Inputs(megaset, make_recipe(megaset, "minmax", presence=False), device)
    findings = Findings(ABOUT, notes=[f"device: {_describe(device)}."])
    findings.rows += [_compare_bytes(inputs), _compare_inputs(inputs, repeats)]
    for name in NETWORKS[: 1 if options.quick else None]:
        for precision in ("float32", "bf16"):
            network = {**read_network(name), "precision": precision}
            what = f"{name}, {precision}"
            findings.rows.append(_compare_epochs(what, network, inputs, repeats))
            findings.rows.append(_time_steps(what, network, inputs, repeats))
    if device.type == "cuda":
        peak = torch.cuda.max_memory_allocated(device) / 2**20
        findings.notes.append(f"largest memory in use on the device: {peak:.0f} MiB.")
    return findings


@dataclass(frozen=True)
class _Inputs:
    """The training part of a megaset, on its way to a device."""

    megaset: Path
    recipe: Recipe
    device: torch.device

    def place(self, way: Expand) -> Generator[Placed, None, None]:
        recipe = replace(self.recipe, packs=way == "device")
        batches = iterate_batches(
            self.megaset, recipe, part="training", batch_size=BATCH, shuffle_seed=SEED
        )
        expansion = Expansion(recipe.scaler, recipe.features, needs_mask=False, device=self.device)
        return Placer(self.device, expansion).place_ahead(batches)

    def count(self, way: Expand) -> tuple[int, int]:
        """Make all batches dense on the device; count their events, and the bytes sent."""
        events = size = 0
        with closing(self.place(way)) as batches:
            for batch in batches:
                inputs, _ = batch.get(slice(None))
                events += len(inputs.x)
                size += sum(tensor.nbytes for tensor in batch.tensors)
        self.synchronise()
        return events, size

    def synchronise(self) -> None:
        """Wait until the device has done all that it was asked for."""
        if self.device.type == "cuda":
            torch.cuda.synchronize(self.device)


def _describe(device: torch.device) -> str:
    if device.type == "cpu":
        return "none, the processor in its place: these numbers say that all lines run, no more"
    found = torch.cuda.get_device_properties(device)
    memory = found.total_memory / 2**30
    return f"{found.name}, {memory:.0f} GiB, CUDA {torch.version.cuda}"


def _compare_bytes(inputs: _Inputs) -> Row:
    ours, other = (
        Spread.of([size / events])
        for events, size in (inputs.count("device"), inputs.count("host"))
    )
    ratio = Spread.of([other.median / ours.median])
    return Row("sent to the device", HOST, ours, other, "bytes an event", ratio)


def _compare_inputs(inputs: _Inputs, repeats: int) -> Row:
    timings = run_calls({way: partial(inputs.count, way) for way in WAYS}, repeats)
    events, _ = inputs.count("host")
    return compare_rates("inputs", HOST, timings["device"], timings["host"], events)


def _compare_epochs(what: str, network: dict[str, Any], inputs: _Inputs, repeats: int) -> Row:
    records: dict[str, dict[str, Any]] = {}

    def run(way: Expand) -> None:
        with TemporaryDirectory() as folder:
            records[way] = train(
                [inputs.megaset],
                inputs.recipe.scaler,
                read_settings(network),
                settings=TrainingSettings(threads=1),
                seed=1,
                validation_fraction=inputs.recipe.validation_fraction,
                checkpoint=Path(folder, "checkpoint.pt"),
                name="toy",
                selection="toy",
                code="",
                expand=way,
            ).history[-1]

    timings = run_calls({way: partial(run, way) for way in WAYS}, repeats)
    ours, other = (records[way] for way in WAYS)
    # sums on a graphics processor have no fixed order
    if not math.isclose(ours["validation_loss"], other["validation_loss"], rel_tol=1e-2):
        raise AssertionError(f"{what}: the ways differ: {ours} and {other}")
    events = ours["training_events"]
    return compare_rates(f"{what}: epoch", HOST, timings["device"], timings["host"], events)


def _time_steps(what: str, network: dict[str, Any], inputs: _Inputs, repeats: int) -> Row:
    settings = read_settings(network)
    n_features = len(inputs.recipe.features)
    torch.manual_seed(SEED)
    built = build_network(settings, (n_features,), n_features).to(inputs.device)
    built.seed_noise(SEED)
    rate = settings.optimiser.learning_rate
    optimiser = torch.optim.Adam(built.parameters(), lr=rate, fused=True)
    is_mixed = settings.precision == "bf16"
    steps = Steps("toy", built, optimiser, inputs.device, is_mixed)
    with closing(inputs.place("host")) as batches:
        batch = next(batches)

    def run() -> None:
        for _ in range(STEPS):
            steps.learn(batch)
        inputs.synchronise()

    timings = run_calls({"steps": run}, repeats)["steps"]
    return Row(f"{what}: steps", "–", get_rates(timings, STEPS * len(batch)), unit="ev/s")
