"""Score the events of a dataset."""

from pathlib import Path

from _job import start
from rapidmass.scores.write import NetworkScorer, write_scores

job = start(snakemake)
write_scores(
    NetworkScorer(Path(snakemake.input.model), job.settings["scores"], threads=snakemake.threads),
    [Path(path) for path in snakemake.input.events],
    Path(snakemake.output[0]),
    provenance=job.describe(),
)
job.finish()
