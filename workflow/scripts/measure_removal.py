"""Measure how well channels are told from the rest of the background."""

from pathlib import Path

from _job import start
from rapidmass.studies.channel_removal.measure import measure_removal

job = start()
measured = measure_removal(
    {kind: Path(path) for kind, path in job.input.items()},
    job.settings["scorers"],
    job.settings["removed"],
    luminosity=job.settings["luminosity"],
    scored_share=job.settings["scored_share"],
    minimum_effective_events=job.settings["minimum_effective_events"],
    folder=Path(job.output[0]).parent,
)
job.write_json(Path(job.output[0]), measured)
job.finish()
