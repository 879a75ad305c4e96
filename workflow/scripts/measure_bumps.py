"""Measure the bumps of all windows."""

from pathlib import Path

from _job import start
from rapidmass.config.studies.bump_hunt import BumpHunt
from rapidmass.provenance.atomic_files import read_json
from rapidmass.studies.bump_hunt.measure import measure_hunt

job = start()
found = measure_hunt(
    [Path(path) for path in job.input.scores],
    [read_json(Path(path)) for path in job.input.found],
    BumpHunt.model_validate(job.settings["hunt"]),
    energy=job.settings["sqrt_s"],
    seed=job.settings["seed"],
)
job.write_json(Path(job.output[0]), found)
job.finish()
