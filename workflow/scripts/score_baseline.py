"""Score the events of a dataset by a baseline."""

from pathlib import Path

from _job import start
from rapidmass.models.baselines.registry import load_baseline
from rapidmass.scores.blinding_thresholds import find_blinding_thresholds
from rapidmass.scores.write import write_scores

job = start()
events = [Path(path) for path in job.input.events]
models = [Path(path) for path in job.input.model]
quantile = job.settings["blind_quantile"]
thresholds = None
if quantile is not None:
    (background,) = job.input.background
    thresholds = find_blinding_thresholds(Path(background), None, quantile)
write_scores(
    load_baseline(
        job.settings["kind"], next(iter(models), None), events[0], job.settings["variable"]
    ),
    events,
    Path(job.output[0]),
    provenance=job.describe(),
    blind_above=thresholds,
)
job.finish()
