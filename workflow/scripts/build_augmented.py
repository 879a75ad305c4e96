"""Build the matrices of augmented events of the events of one ROOT ntuple."""

from pathlib import Path

from _job import start
from rapidmass.config.models.augmentation import Augmentation
from rapidmass.datasets.augmented import write_augmented
from rapidmass.datasets.shards import Sharder
from rapidmass.datasets.warm_up import warm_up

job = start()
warm_up()
sharder = Sharder.parse(job.settings["shard"], job.params.source.text, job.input.quarantine)
write_augmented(
    sharder,
    Path(job.output[0]),
    Augmentation.model_validate(job.settings["augmentation"]),
    job.describe(),
)
job.finish()
