"""Grow trees on each category of signals, and hold them against all signals."""

from pathlib import Path

from _job import start
from rapidmass.config.models.xgboost import BoostedTrees
from rapidmass.config.search.scan import ScanSettings
from rapidmass.models.inputs.scaler import Scaler
from rapidmass.provenance.atomic_files import read_json
from rapidmass.scores.unseen_trees import TreeMaterial
from rapidmass.studies.trainings.categories import compare_categories
from rapidmass.studies.trainings.transfer import Category

job = start()
signals = job.settings["signals"]
material = TreeMaterial(
    [Path(path) for path in job.input.megasets],
    dict(zip(signals, map(Path, job.input.samples), strict=True)),
    [Scaler.from_json(read_json(Path(path))) for path in job.input.scalers],
    BoostedTrees.model_validate(job.settings["architecture"]),
    job.settings["selection"],
    job.settings["validation_fraction"],
    job.settings["seed"],
    job.settings["training"]["threads"],
    "categories",
    luminosity=job.settings["luminosity"],
    variables=["met"],
)
found = compare_categories(
    material,
    [Category(dict(values), tuple(members)) for values, members in job.settings["categories"]],
    signals,
    ScanSettings.model_validate(job.settings["scan"]),
    channels=job.settings["channels"],
    folder=Path(job.output[0]).parent,
)
job.write_json(Path(job.output[0]), found)
job.finish()
