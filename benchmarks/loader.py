"""Batches for a network: from a megaset on disk against dense tensors in memory."""

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import torch

from benchmarks.networks import BATCH, NETWORKS, make_scaler, read_network
from benchmarks.options import SEED, Options
from benchmarks.pairing import Spread, Timing, run_calls
from benchmarks.results import Findings, Row, compare_rates
from benchmarks.toy import write_toy_megaset
from rapidmass.models.inputs.ahead import run_ahead
from rapidmass.models.inputs.loader import Recipe, iterate_batches
from rapidmass.models.networks.base import Inputs
from rapidmass.models.networks.registry import build_network, read_settings

ABOUT = (
    "Shuffled batches of 8192 scaled events out of one megaset in a Parquet file, made by a thread "
    "ahead on the same core; *filled elements alone* are what a graphics processor is sent, not "
    "scaled. The peer has all events in memory, dense and scaled already. A step "
    "is forward, backward and Adam on one such batch, in pieces of 2048 events."
)
PACKED = "filled elements alone"
DATA_LOADER = "torch DataLoader, tensors in memory, shuffle=True"
EVENTS_PER_PIECE = 2048
# how many times longer a step is to take than its batch
LEAST = {"ae_shallow": 5, "ae_deep": 20}
CASES = (("minmax", False), ("minmax", True), ("log_standard", False), ("log_standard", True))


def measure(options: Options) -> Findings:
    """Measure the loader."""
    torch.set_num_threads(1)
    events = options.choose_events(500_000, 9_000)
    megaset = write_toy_megaset(options.cache, events)
    recipes = {
        f"{kind}{', presence' if presence else ''}": make_recipe(megaset, kind, presence=presence)
        for kind, presence in CASES
    }
    recipes[PACKED] = replace(recipes["minmax"], packs=True)
    calls: dict[str, Callable[[], Any]] = {
        name: partial(count_events, megaset, recipe) for name, recipe in recipes.items()
    }
    first = recipes["minmax"]
    x = np.concatenate([batch.x for batch in _iterate(megaset, first)])
    dense = torch.from_numpy(x)
    calls[DATA_LOADER] = partial(_count_dense, dense)
    if {call() for call in calls.values()} != {len(x)}:
        raise AssertionError("loaders give different numbers of events")
    steps = {name: _make_step(name, dense[:BATCH]) for name in NETWORKS}
    timings = run_calls({**calls, **steps}, options.choose_repeats(7))
    findings = Findings(ABOUT)
    for name in recipes:
        row = compare_rates(name, DATA_LOADER, timings[name], timings[DATA_LOADER], len(x))
        findings.rows.append(row)
    for name in NETWORKS:
        loading = [_scale(timing, BATCH / len(x)) for timing in timings["minmax"]]
        findings.rows.append(_compare_step(name, loading, list(timings[name]), LEAST[name]))
    return findings


def make_recipe(megaset: Path, kind: str, *, presence: bool) -> Recipe:
    """Make the recipe of the batches of a network."""
    scaler = make_scaler(megaset, kind)
    return Recipe(
        scaler=scaler,
        features=np.arange(len(scaler.scale)),
        validation_fraction=0.1,
        negative_weights="absolute_rescaled",
        needs_mask=presence,
    )


def _iterate(megaset: Path, recipe: Recipe) -> Any:  # noqa: ANN401
    batches = iterate_batches(megaset, recipe, part="training", batch_size=BATCH, shuffle_seed=SEED)
    return run_ahead(batches)


def count_events(megaset: Path, recipe: Recipe) -> int:
    """Go through all batches, and count the events."""
    return sum(len(batch.x) for batch in _iterate(megaset, recipe))


def _count_dense(dense: torch.Tensor) -> int:
    loader = torch.utils.data.DataLoader(
        torch.utils.data.TensorDataset(dense),
        batch_size=BATCH,
        shuffle=True,
        generator=torch.Generator().manual_seed(SEED),
    )
    return sum(len(x) for (x,) in loader)


def _make_step(name: str, x: torch.Tensor) -> Callable[[], None]:
    torch.manual_seed(SEED)
    settings = read_settings(read_network(name))
    network = build_network(settings, x.shape[1:], x.shape[1])
    rate = settings.optimiser.learning_rate
    optimiser = torch.optim.Adam(network.parameters(), lr=rate, fused=True)

    def step() -> None:
        optimiser.zero_grad(set_to_none=True)
        for piece in torch.split(x, EVENTS_PER_PIECE):
            losses = network.compute_losses(Inputs(piece))
            (losses.total.sum() / len(x)).backward()  # type: ignore[no-untyped-call]
        optimiser.step()

    return step


def _scale(timing: Timing, factor: float) -> Timing:
    return Timing(timing.wall * factor, timing.cpu * factor)


def _compare_step(name: str, loading: list[Timing], step: list[Timing], least: float) -> Row:
    ratio = [other.wall / own.wall for own, other in zip(loading, step, strict=True)]
    cpu = [other.cpu / max(own.cpu, 1e-9) for own, other in zip(loading, step, strict=True)]
    return Row(
        "a batch, minmax",
        f"a training step of {name}",
        Spread.of([1e3 * timing.wall for timing in loading]),
        Spread.of([1e3 * timing.wall for timing in step]),
        "ms",
        Spread.of(ratio),
        Spread.of(cpu),
        f"ratio ≥ {least:g}",
        Spread.of(ratio).median >= least,
    )
