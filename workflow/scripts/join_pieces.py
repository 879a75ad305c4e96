"""Join the shards, and cutflows if there are some, of all pieces of one ROOT ntuple."""

import json
from pathlib import Path

from _job import start
from rapidmass.datasets.joining import join_cutflows, join_shards
from rapidmass.ntuples.format.cutflow import tell_outcome
from rapidmass.provenance.addresses import redact_address

job = start()
origin = redact_address(json.loads(job.params.source.text)["location"])
shards = [Path(path) for path in job.input.shards]
join_shards(shards, Path(job.output.shard), job.describe(), origin=origin)
cutflows = [Path(path) for path in job.input.cutflows]
if cutflows:
    cutflow = join_cutflows(cutflows, Path(job.output.cutflow))
    tell_outcome(cutflow, origin, job.settings["sample"])
job.finish()
