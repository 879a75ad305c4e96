"""Put all trials of a tuning together, and write the network of the best one."""

from pathlib import Path

from _job import start
from rapidmass.config.studies.tuning import TuningSpace
from rapidmass.models.networks.registry import read_settings
from rapidmass.studies.tuning.results import describe_tuning, read_trials, write_block

job = start()
tuning = describe_tuning(
    read_trials([Path(path) for path in job.input]),
    read_settings(job.settings["network"]),
    TuningSpace.model_validate(job.settings["space"]),
)
job.write_json(Path(job.output.trials), tuning)
write_block(Path(job.output.block), job.settings["name"], job.settings["selection"], tuning)
job.finish()
