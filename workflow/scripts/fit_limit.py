"""Compute the expected upper limit on one signal by one score."""

from pathlib import Path

from _job import start
from rapidmass.config.studies.limits import Limits
from rapidmass.provenance.atomic_files import read_json, write_json
from rapidmass.scores.read import ScoredEvents, read_background, read_signal
from rapidmass.studies.limits.measure import fit_limit

job = start()
luminosity = job.settings["luminosity"]
settings = Limits.model_validate(job.settings["limits"])
variables = [] if settings.observable == "score" else [settings.observable]
normalisation = read_json(Path(job.input.weight))


def read_weighted(path: str) -> ScoredEvents:
    """Read scores of the background."""
    return read_background(
        Path(path),
        luminosity=luminosity,
        scored_share=job.settings["scored_share"],
        column=job.settings["column"],
        variables=variables,
    )


result, workspace = fit_limit(
    read_weighted(job.input.background),
    read_signal(
        Path(job.input.signal),
        job.settings["signal"],
        weight=normalisation["weight"],
        luminosity=luminosity,
        column=job.settings["column"],
        variables=variables,
    ),
    settings,
    cross_section=normalisation["cross_section"],
    background_uncertainty=job.settings["background_uncertainty"],
    minimum_effective_events=job.settings["minimum_effective_events"],
    shifts=(
        (name, source, read_weighted(path))
        for (name, source), path in zip(
            job.settings["shifts"].items(), job.input.shifted, strict=True
        )
    ),
)
job.write_json(Path(job.output.limit), result)
# others read it: it holds nothing but what its format knows
write_json(Path(job.output.workspace), workspace)
job.finish()
