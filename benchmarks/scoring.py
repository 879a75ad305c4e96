"""Scores of events by exported networks."""

from collections.abc import Callable
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import onnxruntime
import pyarrow as pa
import torch
from numpy.typing import NDArray

from benchmarks.networks import NETWORKS, make_scaler, read_network
from benchmarks.options import Options
from benchmarks.pairing import run_calls
from benchmarks.results import Findings, compare_rates
from benchmarks.toy import write_toy_megaset
from rapidmass.config.models.training import TrainingSettings
from rapidmass.models.export.model_card import Trained
from rapidmass.models.export.onnx_export import ScoringGraph, export_onnx
from rapidmass.models.export.onnx_model import Model
from rapidmass.models.networks.registry import read_settings
from rapidmass.models.training.train import train
from rapidmass.representations.tables import decode
from rapidmass.storage.parquet import read_shard

ABOUT = (
    "`rapidmass.models.export.onnx_model.Model.run`, from rows of a table to scores: it makes the "
    "matrices dense. The peers get dense matrices that are in memory already, with NaN where "
    "cells are absent: onnxruntime on the same file, and torch on the same graph. Scores are "
    "compared."
)
OUTPUT = "score_error"
TRAINED_ON = 9_000


def measure(options: Options) -> Findings:
    """Measure scoring."""
    torch.set_num_threads(1)
    events = options.choose_events(100_000, 4_000)
    table = read_shard(write_toy_megaset(options.cache, events))
    findings = Findings(ABOUT)
    dense = decode(table).fill(padding=np.nan)
    with TemporaryDirectory(dir=options.cache) as folder:
        for name in NETWORKS:
            trained = _train(name, options.cache, Path(folder))
            path = Path(folder, f"{name}.onnx")
            export_onnx(trained, path, provenance={})
            calls = _list_ways(path, trained, table, dense)
            _check({way: call() for way, call in calls.items()})
            timings = run_calls(calls, options.choose_repeats(7))
            for peer in list(calls)[1:]:
                least = 1 if peer.startswith("onnxruntime") else None
                row = compare_rates(name, peer, timings["ours"], timings[peer], events, least=least)
                findings.rows.append(row)
    return findings


def write_network(cache: Path) -> Path:
    """Write the first of `NETWORKS` as ONNX, unless it is there."""
    path = cache / f"{NETWORKS[0]}.onnx"
    if not path.exists():
        with TemporaryDirectory(dir=cache) as folder:
            export_onnx(_train(NETWORKS[0], cache, Path(folder)), path, provenance={})
    return path


def _train(name: str, cache: Path, folder: Path) -> Trained:
    megaset = write_toy_megaset(cache, TRAINED_ON)
    return train(
        [megaset],
        make_scaler(megaset),
        read_settings(read_network(name)),
        settings=TrainingSettings(),
        seed=1,
        validation_fraction=0.1,
        checkpoint=folder / f"{name}.pt",
        name=name,
        selection="toy",
        code="",
    )


def _list_ways(
    path: Path, trained: Trained, table: pa.Table, dense: NDArray[np.float32]
) -> dict[str, Callable[[], Any]]:
    model = Model(path, threads=1)
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    session = onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])
    graph = ScoringGraph(trained).eval()

    def run_onnx(rows: int) -> NDArray[np.float32]:
        blocks = (dense[k : k + rows] for k in range(0, len(dense), rows))
        return np.concatenate([session.run([OUTPUT], {"x": block})[0] for block in blocks])

    @torch.no_grad()
    def run_torch(rows: int) -> NDArray[np.float32]:
        blocks = torch.split(torch.from_numpy(dense), rows)
        return torch.cat([graph(block)[OUTPUT] for block in blocks]).numpy()

    return {
        "ours": lambda: model.run(table, [OUTPUT])[OUTPUT],
        "onnxruntime, blocks of 8192": partial(run_onnx, 8192),
        "onnxruntime, blocks of 1024": partial(run_onnx, 1024),
        "torch, blocks of 8192": partial(run_torch, 8192),
        "torch, blocks of 1024": partial(run_torch, 1024),
    }


def _check(scores: dict[str, NDArray[np.float32]]) -> None:
    for way, found in scores.items():
        np.testing.assert_allclose(found, scores["ours"], atol=1e-3, err_msg=way)
