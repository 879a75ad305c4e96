"""Generate one ROOT ntuple."""

import logging
from pathlib import Path

from _job import start
from rapidmass.config.inputs.generator import GeneratorSettings
from rapidmass.config.inputs.processes import Process
from rapidmass.generator.generate import generate
from rapidmass.storage.event_keys import derive_seed

job = start()
block = job.settings
seed = derive_seed(
    block["seed"], "generator", block["purpose"], block["sample"], block["first_event"]
)
summary = generate(
    Process.model_validate(block["process"]),
    GeneratorSettings.model_validate(block["generator"]),
    sample=block["sample"],
    events=block["events"],
    seed=seed,
    first_event=block["first_event"],
    output=Path(job.output[0]),
)
logging.getLogger("rapidmass").info("%s", summary)
job.finish()
