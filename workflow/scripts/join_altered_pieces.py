"""Alter the events that were chosen of all pieces of one ROOT ntuple, and build their matrices."""

from pathlib import Path

from _job import start
from rapidmass.config.studies.altered_events import parse_alterations
from rapidmass.datasets.altered import join_altered
from rapidmass.datasets.shards import Sharder
from rapidmass.datasets.warm_up import warm_up

job = start()
warm_up()
join_altered(
    Sharder.parse(job.settings["shard"], job.params.source.text),
    [Path(path) for path in job.input],
    Path(job.output[0]),
    alterations=parse_alterations(job.settings["alterations"]),
    provenance=job.describe(),
)
job.finish()
