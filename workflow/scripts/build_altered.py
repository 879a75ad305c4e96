"""Alter events of one ROOT ntuple that belong to the test set, and build their matrices."""

from pathlib import Path

from _job import start
from rapidmass.config.studies.altered_events import parse_alterations
from rapidmass.datasets.altered import write_altered
from rapidmass.datasets.shards import Sharder
from rapidmass.datasets.warm_up import warm_up

job = start()
warm_up()
sharder = Sharder.parse(job.settings["shard"], job.params.source.text, job.input.quarantine)
write_altered(
    sharder,
    Path(job.output[0]),
    alterations=parse_alterations(job.settings["alterations"]),
    test_fraction=job.settings["test_fraction"],
    share=job.settings["share"],
    provenance=job.describe(),
)
job.finish()
