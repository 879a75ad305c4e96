"""Build one shard of events as models see them from one ROOT ntuple."""

from pathlib import Path

from _job import start
from rapidmass.datasets.shards import Sharder, write_shard
from rapidmass.datasets.warm_up import warm_up

job = start(snakemake)
warm_up()
sharder = Sharder.parse(
    job.settings["shard"],
    snakemake.params.source.text,
    snakemake.input.verdict,
    snakemake.input.certified,
)
write_shard(sharder, Path(snakemake.output.shard), Path(snakemake.output.cutflow), job.describe())
job.finish()
