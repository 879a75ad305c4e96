"""Fit a baseline to the training part of the megasets."""

from pathlib import Path

from _job import start
from rapidmass.models.baselines.registry import fit_baseline, read_settings
from rapidmass.models.inputs.scaler import Scaler
from rapidmass.provenance.atomic_files import read_json
from rapidmass.storage.event_keys import derive_seed

job = start()
fit_baseline(
    read_settings(job.settings["baseline"]),
    [Path(path) for path in job.input.megasets],
    Scaler.from_json(read_json(Path(job.input.scaler))),
    Path(job.output[0]),
    validation_fraction=job.settings["validation_fraction"],
    seed=derive_seed(job.settings["seed"], "baseline", job.settings["name"]),
    threads=job.threads,
    provenance=job.describe(),
    signals=dict(zip(job.settings["signals"], map(Path, job.input.signals), strict=True)),
    luminosity=job.settings["luminosity"],
)
job.finish()
