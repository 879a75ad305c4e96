"""Combine several scores of the events of a dataset."""

from pathlib import Path

from _job import start
from rapidmass.config.models.baseline import Combination
from rapidmass.scores.blinding_thresholds import find_blinding_thresholds
from rapidmass.scores.combination import write_combination

job = start()
settings = Combination.model_validate(job.settings["combination"])
quantile = job.settings["blind_quantile"]
thresholds = None
if quantile is not None:
    (background,) = job.input.background
    thresholds = find_blinding_thresholds(
        Path(background), None, quantile, Path(job.output[0]).parent
    )
write_combination(
    [Path(path) for path in job.input.scores],
    [Path(path) for path in job.input.calibration],
    Path(job.output[0]),
    rule=settings.by,
    folds=job.settings["folds"],
    classes=settings.classes is not None,
    provenance=job.describe(),
    blind_above=thresholds,
)
job.finish()
