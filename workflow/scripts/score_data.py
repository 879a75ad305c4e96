"""Score the events of data, and leave out those that are blinded."""

from pathlib import Path

from _job import start
from rapidmass.scores.blinding_thresholds import find_blinding_thresholds
from rapidmass.scores.folds import combine_scorers
from rapidmass.scores.write import NetworkScorer, write_scores

job = start()
networks = [
    NetworkScorer(Path(path), job.settings["scores"], threads=job.threads)
    for path in job.input.models
]
scorer = combine_scorers(networks, [Path(path) for path in job.input.fold_map])
quantile = job.settings["blind_quantile"]
thresholds = None
if quantile is not None:
    (background,) = job.input.background
    thresholds = find_blinding_thresholds(
        Path(background), scorer.columns, quantile, Path(job.output[0]).parent
    )
write_scores(
    scorer,
    [Path(path) for path in job.input.events],
    Path(job.output[0]),
    provenance=job.describe(),
    blind_above=thresholds,
)
job.finish()
