"""Test whether data are distributed as simulation expects."""

from pathlib import Path

from _job import start
from rapidmass.config.studies.two_sample import TwoSample
from rapidmass.ntuples.quality.quarantine_record import sum_luminosity
from rapidmass.storage.event_keys import derive_seed
from rapidmass.studies.two_sample.events import ElementFiles, ScoreFiles, ShiftedScores
from rapidmass.studies.two_sample.measure import Uncertainties, study_difference

job = start()
settings = TwoSample.model_validate(job.settings["two_sample"])
luminosity = sum_luminosity(
    dict(job.settings["data_luminosities"]), map(Path, job.input.data_weights)
)
files = ScoreFiles(
    background=Path(job.input.scores[0]),
    data=[Path(path) for path in job.input.data],
    shifts=[
        ShiftedScores(name, source, Path(path))
        for (name, source), path in zip(
            job.settings["shifts"].items(), job.input.shifted, strict=True
        )
    ],
    variables=settings.variables,
    elements=ElementFiles(
        [Path(path) for path in job.input.elements], [Path(path) for path in job.input.observed]
    )
    if settings.representation
    else None,
)
found = study_difference(
    files,
    Uncertainties(
        luminosity / job.settings["scored_share"], job.settings["whole"], job.settings["single"]
    ),
    settings,
    seed=derive_seed(job.settings["seed"], "two-sample test", job.settings["selection"]),
)
job.write_json(Path(job.output[0]), {"luminosity": luminosity, **found})
job.finish()
