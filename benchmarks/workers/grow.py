"""Boosted trees by the library, or by XGBoost on events in memory; and the scores of both."""

import time
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import xgboost

from benchmarks.environment import measure_peak, serve
from benchmarks.workers.job import prepare
from rapidmass.config.models.xgboost import BoostedTrees
from rapidmass.models.classifiers.boosted_trees import grow_trees
from rapidmass.models.classifiers.trees_export import export_trees
from rapidmass.models.export.onnx_model import Model
from rapidmass.models.inputs.scaler import Scaler
from rapidmass.provenance.atomic_files import read_json
from rapidmass.storage.parquet import read_shard

FRACTION = 0.1
OUTPUT = "score_logit"


def work(request: dict[str, Any]) -> dict[str, Any]:
    """Grow trees, and score as many events with them."""
    prepare()
    return {"ours": _grow, "xgboost": _grow_plainly}[request["way"]](request)


def _grow(request: dict[str, Any]) -> dict[str, Any]:
    cpu, wall = time.process_time(), time.perf_counter()
    trees = grow_trees(
        [Path(path) for path in request["megasets"]],
        {"s": Path(request["signal"])},
        Scaler.from_json(read_json(Path(request["scaler"]))),
        BoostedTrees(target={"signals": ["s"]}, **request["settings"]),
        name="toy",
        selection="toy",
        validation_fraction=FRACTION,
        seed=1,
        threads=request["threads"],
    )
    wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
    peak = measure_peak()
    loss = min(record["validation_loss"] for record in trees.history)
    with TemporaryDirectory() as folder:
        path = Path(folder, "model.onnx")
        export_trees(trees, path, provenance={})
        model, table = Model(path, threads=1), read_shard(Path(request["signal"]))
        model.run(table.slice(0, 1000), [OUTPUT])
        start = time.perf_counter()
        model.run(table, [OUTPUT])
        scoring = time.perf_counter() - start
    rounds = trees.booster.num_boosted_rounds()
    return {
        "wall": wall, "cpu": cpu, "trees": rounds, "loss": loss, "grown_peak": peak,
        "scoring": scoring, "scored": table.num_rows,
    }  # fmt: skip


def _grow_plainly(request: dict[str, Any]) -> dict[str, Any]:
    """Grow trees on dense rows, with the objective of XGBoost, equal weights and early stopping."""
    content = np.load(request["dense"])
    x, label, validation = content["x"], content["label"], content["validation"]
    settings = request["settings"]
    cpu, wall = time.process_time(), time.perf_counter()
    training = xgboost.QuantileDMatrix(
        x[~validation], label[~validation], nthread=request["threads"]
    )
    held = xgboost.QuantileDMatrix(
        x[validation], label[validation], ref=training, nthread=request["threads"]
    )
    losses: dict[str, Any] = {}
    booster = xgboost.train(
        {
            "objective": "binary:logistic", "tree_method": "hist", "nthread": request["threads"],
            "max_depth": settings["max_depth"], "learning_rate": settings["learning_rate"],
        },
        training,
        settings["max_trees"],
        evals=[(training, "training"), (held, "validation")],
        early_stopping_rounds=30,
        evals_result=losses,
        verbose_eval=False,
    )  # fmt: skip
    wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
    peak = measure_peak()
    signal = x[label == 1]
    booster.set_param({"nthread": 1})
    start = time.perf_counter()
    booster.inplace_predict(signal)
    return {
        "wall": wall, "cpu": cpu, "trees": booster.num_boosted_rounds(), "grown_peak": peak,
        "loss": min(losses["validation"]["logloss"]), "scoring": time.perf_counter() - start,
        "scored": len(signal),
    }  # fmt: skip


if __name__ == "__main__":
    serve(work)
