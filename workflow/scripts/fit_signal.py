"""Fit the templates of one signal by one score."""

from pathlib import Path

from _job import start
from rapidmass.config.studies.fits import Fits
from rapidmass.ntuples.quality.quarantine_record import sum_luminosity
from rapidmass.provenance.atomic_files import read_json, write_json
from rapidmass.scores.read import (
    ScoredEvents,
    join_events,
    read_background,
    read_data,
    read_signal,
)
from rapidmass.search.fit import fit_signal
from rapidmass.search.systematics import ShiftedEvents
from rapidmass.storage.event_keys import derive_seed

job = start()
settings = Fits.model_validate(job.settings["fits"])
common = {"column": job.settings["column"], "variables": settings.variables}
normalisation = read_json(Path(job.input.weight))
data, luminosity = None, job.settings["luminosity"]
if job.input.data:
    data = join_events([read_data(Path(path), **common) for path in job.input.data])
    luminosity = sum_luminosity(
        dict(job.settings["data_luminosities"]), map(Path, job.input.data_weights)
    )


def read_pair(background: str, signal: str) -> tuple[ScoredEvents, ScoredEvents]:
    """Read the scores of background and signal."""
    return (
        read_background(
            Path(background),
            luminosity=luminosity,
            scored_share=job.settings["scored_share"],
            **common,
        ),
        read_signal(
            Path(signal),
            job.settings["signal"],
            weight=normalisation["weight"],
            luminosity=luminosity,
            **common,
        ),
    )


names = job.settings["selection"], job.settings["scorer"], job.settings["signal"]
result, workspace = fit_signal(
    *read_pair(job.input.background, job.input.signal),
    settings,
    channels=job.settings["channels"],
    cross_section=normalisation["cross_section"],
    background_uncertainty=job.settings["background_uncertainty"],
    seed=derive_seed(job.settings["seed"], "fits", *names),
    shifts=(
        ShiftedEvents(name, source, *read_pair(*pair))
        for (name, source), *pair in zip(
            job.settings["shifts"].items(),
            job.input.shifted_backgrounds,
            job.input.shifted_signals,
            strict=True,
        )
    ),
    data=data,
)
job.write_json(Path(job.output.fit), {"luminosity": luminosity, **result})
# others read it: it holds nothing but what its format knows
write_json(Path(job.output.workspace), workspace)
job.finish()
