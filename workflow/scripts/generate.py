"""Generate one ROOT ntuple."""

import logging
from pathlib import Path

from _job import start
from rapidmass.config.generator import GeneratorSettings, Process
from rapidmass.generator import generate

job = start(snakemake)
summary = generate(
    Process.model_validate(job.settings["process"]),
    GeneratorSettings.model_validate(job.settings["generator"]),
    sample=job.settings["sample"],
    events=job.settings["events"],
    seed=job.settings["seed"],
    first_event=job.settings["first_event"],
    output=Path(snakemake.output[0]),
)
logging.getLogger("rapidmass").info("%s", summary)
