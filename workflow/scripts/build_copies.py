"""Build the matrices of distorted copies of the events of one ROOT ntuple."""

from pathlib import Path

from _job import start
from rapidmass.config.models.augmentation import Distortions
from rapidmass.datasets.augmented import write_copies
from rapidmass.datasets.shards import Sharder
from rapidmass.datasets.warm_up import warm_up

job = start()
warm_up()
sharder = Sharder.parse(job.settings["shard"], job.params.source.text, job.input.quarantine)
write_copies(
    sharder,
    Path(job.output[0]),
    Distortions.model_validate(job.settings["distortions"]),
    job.describe(),
)
job.finish()
