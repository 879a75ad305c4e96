"""Merge the altered events of all backgrounds of a selection."""

from pathlib import Path

from _job import start
from rapidmass.datasets.altered import merge_altered
from rapidmass.datasets.megasets import pair_shards
from rapidmass.provenance.atomic_files import read_json

job = start()
shards = pair_shards(
    job.settings["members"],
    [Path(path) for path in job.input.shards],
    [read_json(Path(path))["weight"] for path in job.input.weights],
)
merge_altered(
    shards,
    Path(job.output[0]),
    share=job.settings["share"],
    provenance=job.describe(),
)
job.finish()
