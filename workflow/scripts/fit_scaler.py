"""Fit the scaling of the network inputs."""

from pathlib import Path

from _job import start
from rapidmass.config.models.training import ScalingSettings
from rapidmass.datasets.folds import Fold
from rapidmass.models.inputs.scaler_fit import fit_scaler

job = start()
fold = job.settings["fold"]
scaler = fit_scaler(
    [Path(path) for path in job.input],
    ScalingSettings.model_validate(job.settings["scaling"]),
    validation_fraction=job.settings["validation_fraction"],
    excluded_channel=job.settings["excluded_channel"],
    fold=fold and Fold(*fold),
)
job.write_json(Path(job.output[0]), scaler.to_json())
job.finish()
