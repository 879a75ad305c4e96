"""Score the events of data, and leave out those that are blinded."""

from pathlib import Path

from _job import start
from rapidmass.scores.blinding_thresholds import find_blinding_thresholds
from rapidmass.scores.write import NetworkScorer, write_scores

job = start(snakemake)
scorer = NetworkScorer(
    Path(snakemake.input.model), job.settings["scores"], threads=snakemake.threads
)
quantile = job.settings["blind_quantile"]
thresholds = None
if quantile is not None:
    background = Path(snakemake.input.background)
    thresholds = find_blinding_thresholds(background, scorer.columns, quantile)
write_scores(
    scorer,
    [Path(path) for path in snakemake.input.events],
    Path(snakemake.output[0]),
    provenance=job.describe(),
    blind_above=thresholds,
)
job.finish()
