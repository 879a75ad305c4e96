"""Hunt in one window."""

from itertools import islice
from pathlib import Path

from _job import start
from rapidmass.config.studies.bump_hunt import BumpHunt
from rapidmass.studies.bump_hunt.window import HuntFiles, hunt_window

job = start()
shards = map(Path, job.input.signals)
signals = {name: list(islice(shards, parts)) for name, parts in job.settings["signals"]}
found = hunt_window(
    HuntFiles([Path(path) for path in job.input.data], signals),
    job.settings["window"],
    BumpHunt.model_validate(job.settings["hunt"]),
    energy=job.settings["sqrt_s"],
    seed=job.settings["seed"],
    threads=job.threads,
    output=Path(job.output.scores),
)
job.write_json(Path(job.output.found), found)
job.finish()
