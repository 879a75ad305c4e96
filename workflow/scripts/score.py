"""Score the events of a dataset."""

from pathlib import Path

from _job import start
from rapidmass.scoring import score_events

job = start(snakemake)
score_events(
    Path(snakemake.input.model),
    [Path(path) for path in snakemake.input.events],
    Path(snakemake.output[0]),
    threads=snakemake.threads,
    provenance=job.describe(),
)
job.finish()
