"""Merge the shifted events of all backgrounds that belong to the test set."""

from pathlib import Path

from _job import start
from rapidmass.datasets.megasets import pair_shards
from rapidmass.datasets.merging import merge_test_set
from rapidmass.provenance.atomic_files import read_json

job = start()
shards = pair_shards(
    job.settings["members"],
    [Path(path) for path in job.input.shards],
    [read_json(Path(path))["weight"] for path in job.input.weights],
)
merge_test_set(
    shards,
    Path(job.output[0]),
    test_fraction=job.settings["test_fraction"],
    provenance=job.describe(),
)
job.finish()
