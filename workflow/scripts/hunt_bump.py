"""Hunt in one window."""

from itertools import islice
from pathlib import Path

from _job import start
from rapidmass.config.studies.bump_hunt import BumpHunt
from rapidmass.provenance.atomic_files import read_json
from rapidmass.studies.bump_hunt.events import HuntFiles
from rapidmass.studies.bump_hunt.window import hunt_window

job = start()
shards, simulated = map(Path, job.input.signals), map(Path, job.input.background)
signals = {name: list(islice(shards, parts)) for name, parts in job.settings["signals"]}
background = {name: list(islice(simulated, parts)) for name, parts in job.settings["background"]}
weights = [read_json(Path(path))["weight"] for path in job.input.weights]
norms = dict(zip(background, weights, strict=True))
found = hunt_window(
    HuntFiles([Path(path) for path in job.input.data], signals, background, norms),
    job.settings["window"],
    BumpHunt.model_validate(job.settings["hunt"]),
    energy=job.settings["sqrt_s"],
    seed=job.settings["seed"],
    threads=job.threads,
    output=Path(job.output.scores),
)
job.write_json(Path(job.output.found), found)
job.finish()
