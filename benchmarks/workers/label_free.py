"""A score that is told no signal: fitted or trained, then given to as many events."""

import time
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from benchmarks.environment import measure_peak, serve
from benchmarks.workers.job import prepare
from rapidmass.config.models.training import ScalingSettings, TrainingSettings
from rapidmass.models.baselines.registry import fit_baseline, load_baseline
from rapidmass.models.baselines.registry import read_settings as read_baseline
from rapidmass.models.export.onnx_export import export_onnx
from rapidmass.models.inputs.scaler_fit import fit_scaler
from rapidmass.models.networks.registry import read_settings
from rapidmass.models.training.train import train
from rapidmass.scores.write import NetworkScorer
from rapidmass.storage.parquet import read_shard

FRACTION = 0.1
COMMON: dict[str, Any] = {"validation_fraction": FRACTION, "seed": 1}


def work(request: dict[str, Any]) -> dict[str, Any]:
    """Fit or train, and score; both are timed without the imports."""
    prepare()
    settings = request["settings"]
    ending = "_objects" if settings.get("family") == "masked_objects" else ""
    megaset = Path(request[f"megaset{ending}"])
    scaling = ScalingSettings(kind="present_standard" if ending else "standard", clip=False)
    scaler = fit_scaler([megaset], scaling, validation_fraction=FRACTION)
    events = read_shard(Path(request[f"events{ending}"]))
    with TemporaryDirectory() as place:
        folder = Path(place)
        start = time.process_time()
        if "kind" in settings:
            path = folder / "model.npz"
            fit_baseline(
                read_baseline(settings), [megaset], scaler, path, threads=1, provenance={}, **COMMON
            )
            fitted, peak = time.process_time() - start, measure_peak()
            scorer: Any = load_baseline(settings["kind"], path, megaset)
        else:
            architecture = read_settings(settings)
            trained = train(
                [megaset], scaler, architecture, settings=TrainingSettings(), name="toy",
                checkpoint=folder / "checkpoint.pt", selection="toy", code="", **COMMON,
            )  # fmt: skip
            fitted, peak = time.process_time() - start, measure_peak()
            export_onnx(trained, folder / "model.onnx", provenance={})
            scorer = NetworkScorer(folder / "model.onnx", architecture.score_names, threads=1)
        start = time.process_time()
        scorer.score(events)
        scored = time.process_time() - start
    return {"fitted": fitted, "fitted_peak": peak, "scored": scored}


if __name__ == "__main__":
    serve(work)
