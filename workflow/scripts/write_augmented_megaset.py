"""Merge a range of event keys of the augmented events, as `write_megaset` does with the events."""

from pathlib import Path

from _job import start
from rapidmass.datasets.megasets import pair_shards, write_megaset
from rapidmass.provenance.atomic_files import read_json

job = start()
shards = pair_shards(
    job.settings["members"],
    [Path(path) for path in job.input.shards],
    [read_json(Path(path))["weight"] for path in job.input.weights],
)
write_megaset(
    shards,
    Path(job.output[0]),
    None,
    index=job.settings["index"],
    number=job.settings["number"],
    test_fraction=job.settings["test_fraction"],
    whole=job.settings["whole"],
    provenance=job.describe(),
)
job.finish()
