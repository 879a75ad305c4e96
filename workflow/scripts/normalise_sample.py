"""Compute the weight of a sample's events."""

from dataclasses import asdict
from pathlib import Path

from _job import start
from rapidmass.config.sample import SampleWeights
from rapidmass.ntuples.normalisation import normalise_sample

job = start(snakemake)
normalisation = normalise_sample(
    job.settings["sample"],
    SampleWeights.model_validate(job.settings["weights"]),
    files=[Path(path) for path in snakemake.input],
    trees=job.settings["trees"],
    luminosity_share=job.settings["luminosity_share"],
)
job.write_json(Path(snakemake.output[0]), asdict(normalisation))
job.finish()
