"""Merge a range of event keys of all background shards."""

from itertools import islice
from pathlib import Path

from _job import start
from rapidmass.files import read_json
from rapidmass.megasets import BackgroundShard, write_megaset

job = start(snakemake)
paths = iter(snakemake.input.shards)
shards = [
    BackgroundShard(Path(path), sample, channel, read_json(Path(weights))["weight"])
    for (channel, sample, parts), weights in zip(
        job.settings["members"], snakemake.input.weights, strict=True
    )
    for path in islice(paths, parts)
]
write_megaset(
    shards,
    Path(snakemake.output.megaset),
    Path(snakemake.output.test),
    index=job.settings["index"],
    number=job.settings["number"],
    test_fraction=job.settings["test_fraction"],
    provenance=job.describe(),
)
job.finish()
