"""Measure how the channels are shared out among megasets and test set."""

from pathlib import Path

from _job import start
from rapidmass.datasets.composition import measure_composition

job = start(snakemake)
composition = measure_composition(
    [Path(path) for path in snakemake.input.megasets],
    [Path(path) for path in snakemake.input.tests],
    job.settings["channels"],
)
job.write_json(Path(snakemake.output[0]), composition)
job.finish()
