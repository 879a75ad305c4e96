"""Look for an excess in the scores of a mixture."""

from pathlib import Path

from _job import start
from rapidmass.config.studies.blind_test import BlindTest
from rapidmass.ntuples.quality.quarantine_record import sum_luminosity
from rapidmass.scores.read import ScoredEvents, read_background
from rapidmass.storage.event_keys import derive_seed
from rapidmass.studies.blind_test.labels import read_answer, read_mixture
from rapidmass.studies.blind_test.measure import ShiftedScores, study_mixture

job = start(snakemake)
column = job.settings["column"]
mixture = read_mixture(Path(snakemake.input.mixture), column)
answer = None
if snakemake.input.labels:
    answer = read_answer(
        Path(snakemake.input.labels),
        [Path(path) for path in snakemake.input.data],
        mixture,
        job.settings["signals"],
        column,
    )
luminosity = sum_luminosity(
    dict(job.settings["data_luminosities"]), map(Path, snakemake.input.data_weights)
)


def read(path: str) -> ScoredEvents:
    """Read the scored background, at the luminosity of data."""
    return read_background(
        Path(path),
        luminosity=luminosity,
        test_fraction=job.settings["test_fraction"],
        column=column,
        variables=(),
    )


result = study_mixture(
    read(snakemake.input.background),
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
            job.settings["shifts"].items(), snakemake.input.shifted, strict=True
        )
    ),
)
job.write_json(Path(snakemake.output[0]), {"scorer": job.settings["scorer"], **result})
job.finish()
