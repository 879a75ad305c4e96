"""Build one shard of events as models see them from one ROOT ntuple."""

from pathlib import Path

from _job import start
from rapidmass.datasets.shards import Sharder, write_shard
from rapidmass.datasets.warm_up import warm_up

job = start()
warm_up()
sharder = Sharder.parse(
    job.settings["shard"],
    job.params.source.text,
    job.input.quarantine,
    job.input.certified,
)
write_shard(sharder, Path(job.output.shard), Path(job.output.cutflow), job.describe())
job.finish()
