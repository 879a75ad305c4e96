"""Score the events of a dataset by a baseline."""

from pathlib import Path

from _job import start
from rapidmass.models.baselines.registry import load_baseline
from rapidmass.scores.blinding_thresholds import find_blinding_thresholds
from rapidmass.scores.folds import combine_scorers, write_fold_scores
from rapidmass.scores.write import write_scores

job = start()
events = [Path(path) for path in job.input.events]
models: list[Path | None] = [Path(path) for path in job.input.models]
quantile = job.settings["blind_quantile"]
thresholds = None
if quantile is not None:
    (background,) = job.input.background
    thresholds = find_blinding_thresholds(
        Path(background), None, quantile, Path(job.output[0]).parent
    )
# without a fit there is one, which scores all
kind, variable = job.settings["kind"], job.settings["variable"]
baselines = [load_baseline(kind, model, events[0], variable) for model in models or [None]]
output, *fold_map = map(Path, job.output)
provenance = job.describe()
if fold_map:
    write_fold_scores(baselines, events, output, *fold_map, provenance=provenance)
else:
    scorer = combine_scorers(baselines, [Path(path) for path in job.input.fold_map])
    write_scores(scorer, events, output, provenance=provenance, blind_above=thresholds)
job.finish()
