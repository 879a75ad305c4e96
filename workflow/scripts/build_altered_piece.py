"""Choose those events of a piece of one ROOT ntuple that are altered when pieces are joined."""

from pathlib import Path

from _job import start
from rapidmass.datasets.altered import write_chosen
from rapidmass.datasets.shards import Sharder
from rapidmass.datasets.warm_up import warm_up

job = start()
warm_up()
sharder = Sharder.parse(job.settings["shard"], job.params.source.text, job.input.quarantine)
write_chosen(
    sharder,
    Path(job.output[0]),
    test_fraction=job.settings["test_fraction"],
    share=job.settings["share"],
    provenance=job.describe(),
)
job.finish()
