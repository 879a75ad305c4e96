"""Build one shard of rapidity-mass matrices from one ROOT ntuple."""

from pathlib import Path

from _job import start
from rapidmass.ntuples.warmup import warm_up
from rapidmass.sharding import Sharder, write_shard

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
