"""Join the shards, and cutflows if there are some, of all pieces of one ROOT ntuple."""

import json
from pathlib import Path

from _job import start
from rapidmass.datasets.joining import join_cutflows, join_shards
from rapidmass.ntuples.access.sources import Source
from rapidmass.ntuples.format.cutflow import tell_outcome

job = start()
source = Source.parse(json.loads(job.params.source.text))
join_shards(
    [Path(path) for path in job.input.shards],
    Path(job.output.shard),
    job.describe(),
    origin=str(source),
)
cutflows = [Path(path) for path in job.input.cutflows]
if cutflows:
    cutflow = join_cutflows(cutflows, Path(job.output.cutflow))
    tell_outcome(cutflow, source, job.settings["sample"])
job.finish()
