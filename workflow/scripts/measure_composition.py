"""Measure how the channels are shared out among megasets and test set."""

from pathlib import Path

from _job import start
from rapidmass.datasets.composition import measure_composition

job = start()
composition = measure_composition(
    [Path(path) for path in job.input.megasets],
    [Path(path) for path in job.input.tests],
    job.settings["channels"],
)
job.write_json(Path(job.output[0]), composition)
job.finish()
