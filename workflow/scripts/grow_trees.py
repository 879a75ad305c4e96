"""Grow boosted trees and export them."""

from pathlib import Path

from _job import start
from rapidmass.config.models.xgboost import BoostedTrees
from rapidmass.models.classifiers.boosted_trees import grow_trees
from rapidmass.models.classifiers.trees_export import check_parity, export_trees, write_trees
from rapidmass.models.inputs.scaler import Scaler
from rapidmass.provenance.atomic_files import read_json
from rapidmass.storage.event_keys import derive_seed

job = start()
megasets = [Path(path) for path in job.input.megasets]
trees = grow_trees(
    megasets,
    dict(zip(job.settings["signals"], map(Path, job.input.signals), strict=True)),
    Scaler.from_json(read_json(Path(job.input.scaler))),
    BoostedTrees.model_validate(job.settings["architecture"]),
    name=job.settings["name"],
    selection=job.settings["selection"],
    validation_fraction=job.settings["validation_fraction"],
    seed=derive_seed(job.settings["seed"], *job.settings["stream"]),
    threads=job.settings["training"]["threads"],
)
provenance = job.describe()
onnx = Path(job.output.onnx)
export_trees(trees, onnx, provenance=provenance)
write_trees(
    trees,
    booster=Path(job.output.booster),
    history=Path(job.output.history),
    card=Path(job.output.card),
    provenance=provenance,
    parity=check_parity(trees, onnx, megasets),
)
# XGBoost frees trees by functions that are gone when the interpreter ends
del trees
job.finish()
