"""Make sure that samples of data share no event."""

from itertools import islice
from pathlib import Path

from _job import start
from rapidmass.storage.duplicates import refuse_overlap

job = start()
output = Path(job.output[0])
shards = map(Path, job.input)
samples = {name: list(islice(shards, parts)) for name, parts in job.settings["samples"]}
events = refuse_overlap(samples, output.parent, job.settings["unnumbered"])
job.write_json(output, {"events": events})
job.finish()
