"""Score the events of a dataset."""

from pathlib import Path

from _job import start
from rapidmass.scores.write import NetworkScorer, write_scores

job = start()
write_scores(
    NetworkScorer(Path(job.input.model), job.settings["scores"], threads=job.threads),
    [Path(path) for path in job.input.events],
    Path(job.output[0]),
    provenance=job.describe(),
)
job.finish()
