"""Grow trees on each signal, and those of a prior from other seeds."""

from pathlib import Path

from _job import start
from rapidmass.config.models.xgboost import BoostedTrees
from rapidmass.models.inputs.scaler import Scaler
from rapidmass.provenance.atomic_files import read_json
from rapidmass.scores.unseen_trees import TreeMaterial
from rapidmass.studies.sensitivity.ceilings import measure_ceilings, measure_seeds

job = start()
signals, priors = job.settings["signals"], job.settings["priors"]
floor = job.settings["floor"]
material = TreeMaterial(
    [Path(path) for path in job.input.megasets],
    dict(zip([*signals, *priors], map(Path, job.input.samples), strict=True)),
    [Scaler.from_json(read_json(Path(path))) for path in job.input.scalers],
    BoostedTrees.model_validate(job.settings["architecture"]),
    job.settings["selection"],
    job.settings["validation_fraction"],
    job.settings["seed"],
    job.settings["training"]["threads"],
    "sensitivity",
)
seeds = job.settings["seeds"]
job.write_json(
    Path(job.output[0]),
    {
        "ceilings": measure_ceilings(material, signals, floor=floor),
        "seeds": measure_seeds(material, priors, signals, seeds=seeds, floor=floor),
    },
)
job.finish()
