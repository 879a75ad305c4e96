"""Search for settings of boosted trees."""

from pathlib import Path

from _job import start
from rapidmass.config.models.xgboost import BoostedTrees
from rapidmass.config.studies.tree_tuning import TreeTuning
from rapidmass.models.inputs.scaler import Scaler
from rapidmass.provenance.atomic_files import read_json
from rapidmass.storage.event_keys import derive_seed
from rapidmass.studies.tree_tuning.measure import tune_trees, write_block

job = start()
name = job.settings["name"]
found = tune_trees(
    [Path(path) for path in job.input.megasets],
    dict(zip(job.settings["signals"], map(Path, job.input.signals), strict=True)),
    Scaler.from_json(read_json(Path(job.input.scaler))),
    BoostedTrees.model_validate(job.settings["architecture"]),
    TreeTuning.model_validate(job.settings["tuning"]),
    name=name,
    selection=job.settings["selection"],
    validation_fraction=job.settings["validation_fraction"],
    seed=derive_seed(job.settings["seed"], "tree tuning", name),
    threads=job.settings["training"]["threads"],
)
job.write_json(Path(job.output.tuning), found)
write_block(Path(job.output.block), name, found)
job.finish()
