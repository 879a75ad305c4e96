"""Look for an excess in the scores of a mixture."""

from pathlib import Path

from _job import start
from rapidmass.config.studies.blind_test import BlindTest
from rapidmass.ntuples.quality.quarantine_record import sum_luminosity
from rapidmass.scores.read import ScoredEvents, read_background
from rapidmass.storage.event_keys import derive_seed
from rapidmass.studies.blind_test.labels import read_answer, read_mixture
from rapidmass.studies.blind_test.measure import ShiftedScores, study_mixture

job = start()
column = job.settings["column"]
mixture = read_mixture(Path(job.input.mixture), column)
answer = None
if job.input.labels:
    answer = read_answer(
        Path(job.input.labels[0]),
        [Path(path) for path in job.input.data],
        mixture,
        job.settings["signals"],
        column,
    )
luminosity = sum_luminosity(
    dict(job.settings["data_luminosities"]), map(Path, job.input.data_weights)
)


def read(path: str) -> ScoredEvents:
    """Read the scored background, at the luminosity of data."""
    return read_background(
        Path(path),
        luminosity=luminosity,
        scored_share=job.settings["scored_share"],
        column=column,
        variables=(),
    )


result = study_mixture(
    read(job.input.background),
    mixture,
    BlindTest.model_validate(job.settings["blind_test"]),
    channels=job.settings["channels"],
    quantiles=job.settings["score_quantiles"],
    minimum_effective_events=job.settings["minimum_effective_events"],
    seed=derive_seed(
        job.settings["seed"], "blind test", job.settings["selection"], job.settings["scorer"]
    ),
    answer=answer,
    shifts=(
        ShiftedScores(name, source, read(path))
        for (name, source), path in zip(
            job.settings["shifts"].items(), job.input.shifted, strict=True
        )
    ),
)
job.write_json(Path(job.output[0]), {"scorer": job.settings["scorer"], **result})
job.finish()
