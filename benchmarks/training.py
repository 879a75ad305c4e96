"""Whole epochs of training, reading included."""

from collections.abc import Callable
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np

from benchmarks.environment import CORES, has_peers, run_worker
from benchmarks.networks import NETWORKS, make_scaler, read_network
from benchmarks.options import Options
from benchmarks.pairing import Spread, Timing, Timings, run_in_turn, time_loop
from benchmarks.results import Findings, compare_rates
from benchmarks.toy import write_toy_megaset
from rapidmass.datasets.splits import select_part
from rapidmass.provenance.atomic_files import write_json
from rapidmass.representations.tables import decode
from rapidmass.storage.parquet import read_shard

ABOUT = (
    "One epoch of `rapidmass.models.training.train.train` with the layers and the optimiser of the "
    "delivered configuration, batches of 8192, nine tenths of the events for training and one for "
    "validation: reading, scaling, shuffling, event weights, checks and the checkpoint included. "
    "*bf16* is mixed precision, the peers' own: autocast in torch, a policy in Keras. "
    "The peers have the scaled events dense in memory before their time begins, and no weights. "
    "All have done some steps before: what is imported and compiled first does not count."
)
KERAS = "Keras on TensorFlow, fit()"
TORCH = "torch, a plain loop"
CASES = (("float32", 1), ("float32", 2), ("bf16", 1), ("bf16", 2))


def measure(options: Options) -> Findings:
    """Measure training."""
    events = options.choose_events(180_000, 9_000)
    findings = Findings(ABOUT)
    if not has_peers():
        findings.skip(KERAS)
    megaset = write_toy_megaset(options.cache, events)
    with TemporaryDirectory(dir=options.cache) as folder:
        request = prepare(megaset, Path(folder))
        for name in NETWORKS:
            for precision, threads in CASES:
                if threads > len(CORES):
                    findings.notes.append(f"{name}, {threads} threads: there are no such cores.")
                    continue
                network = {**read_network(name), "precision": precision}
                asked = {**request, "network": network, "threads": threads}
                timings = run_in_turn(_list_ways(asked), options.choose_repeats(5))
                what = f"{name}, {precision}, {threads} thread{'s' if threads > 1 else ''}"
                tell(what, timings, findings)
    return findings


def prepare(megaset: Path, folder: Path) -> dict[str, Any]:
    """Write what workers read, also the peers, and tell where."""
    scaler = make_scaler(megaset)
    write_json(folder / "scaler.json", scaler.to_json())
    events = read_shard(megaset)
    keys = events.column("key").to_numpy()
    dense = decode(events).fill(padding=scaler.padding, scale=scaler.scale, shift=scaler.shift)
    small = write_toy_megaset(megaset.parent, 1_000)
    paths = {"megaset": str(megaset), "small": str(small), "scaler": str(folder / "scaler.json")}
    for part in ("training", "validation"):
        path = folder / f"{part}.npy"
        np.save(path, np.clip(dense[select_part(keys, part, 0.1)], 0, 1))
        paths[part] = str(path)
    return paths


def _list_ways(request: dict[str, Any]) -> dict[str, Callable[[], Timing]]:
    def ask(module: str, way: str) -> Callable[[], Timing]:
        peer = module.startswith("peers")
        return partial(_time, module, {**request, "way": way}, peer)

    ways = {"ours": ask("workers.train", "ours"), TORCH: ask("workers.train", "torch")}
    return {**ways, **({KERAS: ask("peers.keras_fit", "fit")} if has_peers() else {})}


def _time(module: str, request: dict[str, Any], peer: bool) -> Timing:
    return time_loop(run_worker(module, request, peer=peer, cores=request["threads"]))


def tell(what: str, timings: Timings, findings: Findings) -> None:
    """Compare the first way with each of the others, and note their losses."""
    events = {
        name: timing[0].answer.result["events"]
        for name, timing in timings.items()
        if timing[0].answer is not None
    }
    if len(set(events.values())) > 1:
        raise AssertionError(f"{what}: not the same number of events: {events}")
    for peer in timings:
        if peer != "ours":
            least = 1 if peer == KERAS and "float32" in what else None
            row = compare_rates(
                what, peer, timings["ours"], timings[peer], events["ours"], least=least
            )
            findings.rows.append(row)
    losses = ", ".join(f"{name} {_get_loss(found):.3g}" for name, found in timings.items())
    findings.notes.append(f"{what}: validation loss, ours with event weights: {losses}.")


def _get_loss(timings: Any) -> float:  # noqa: ANN401
    return Spread.of([timing.answer.result["loss"] for timing in timings]).median
