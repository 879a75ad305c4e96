"""Fit a baseline to the training part of the megasets."""

from pathlib import Path

from _job import start
from rapidmass.baselines import fit_baseline, read_settings
from rapidmass.files import read_json
from rapidmass.identity import derive_seed
from rapidmass.scaling import Scaler

job = start(snakemake)
fit_baseline(
    read_settings(job.settings["baseline"]),
    [Path(path) for path in snakemake.input.megasets],
    Scaler.from_json(read_json(Path(snakemake.input.scaler))),
    Path(snakemake.output[0]),
    validation_fraction=job.settings["validation_fraction"],
    seed=derive_seed(job.settings["seed"], "baseline", job.settings["name"]),
    threads=snakemake.threads,
    provenance=job.describe(),
)
job.finish()
