"""Measure how well one score tells altered events from those of the test set."""

from pathlib import Path

from _job import start
from rapidmass.config.studies.altered_events import parse_alterations
from rapidmass.studies.altered_events.measure import study_alterations

job = start()
study = study_alterations(
    Path(job.input.test),
    Path(job.input.altered),
    parse_alterations(job.settings["alterations"]),
    column=job.settings["column"],
    luminosity=job.settings["luminosity"],
    scored_share=job.settings["scored_share"],
    minimum_effective_events=job.settings["minimum_effective_events"],
    folder=Path(job.output[0]).parent,
)
job.write_json(Path(job.output[0]), {"scorer": job.settings["scorer"], **study})
job.finish()
