"""Score the events of a dataset."""

from pathlib import Path

from _job import start
from rapidmass.scores.folds import combine_scorers, write_fold_scores
from rapidmass.scores.write import NetworkScorer, write_scores

job = start()
networks = [
    NetworkScorer(Path(path), job.settings["scores"], threads=job.threads)
    for path in job.input.models
]
events = [Path(path) for path in job.input.events]
output, *fold_map = map(Path, job.output)
provenance = job.describe()
if fold_map:
    write_fold_scores(networks, events, output, *fold_map, provenance=provenance)
else:
    scorer = combine_scorers(networks, [Path(path) for path in job.input.fold_map])
    write_scores(scorer, events, output, provenance=provenance)
job.finish()
