"""Score the events of a dataset with networks of another selection."""

from pathlib import Path

from _job import start
from rapidmass.scores.folds import combine_scorers
from rapidmass.scores.write import NetworkScorer, write_scores

job = start()
networks = [
    NetworkScorer(Path(path), job.settings["scores"], threads=job.threads)
    for path in job.input.models
]
scorer = combine_scorers(networks, [Path(job.input.fold_map)])
scorer.selection = None  # what it makes of events that it was not trained for is the question
events = [Path(path) for path in job.input.events]
write_scores(scorer, events, Path(job.output[0]), provenance=job.describe())
job.finish()
