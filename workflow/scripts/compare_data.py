"""Compare data with simulation in every feature."""

from itertools import islice
from pathlib import Path

from _job import start
from rapidmass.config.studies.data_comparison import DataComparison
from rapidmass.ntuples.quality.quarantine_record import sum_luminosity
from rapidmass.studies.data_comparison.events import ComparedEvents, DataSample, ShiftedBackground
from rapidmass.studies.data_comparison.filled import Scale
from rapidmass.studies.data_comparison.histograms import write_histograms
from rapidmass.studies.data_comparison.measure import compare_data

job = start()
settings = DataComparison.model_validate(job.settings["comparison"])
shards = map(Path, job.input.data)
events = ComparedEvents(
    tests=[Path(path) for path in job.input.tests],
    scores=Path(job.input.scores[0]),
    data=[
        DataSample(Path(scores), list(islice(shards, parts)))
        for scores, parts in zip(job.input.data_scores, job.settings["data_parts"], strict=True)
    ],
    shifts=[
        ShiftedBackground(name, source, Path(events), Path(scores))
        for (name, source), events, scores in zip(
            job.settings["shifts"].items(),
            job.input.shifted,
            job.input.shifted_scores,
            strict=True,
        )
    ],
    variables=settings.variables,
    regions=settings.regions,
)
luminosity = sum_luminosity(
    dict(job.settings["data_luminosities"]), map(Path, job.input.data_weights)
)
comparison = compare_data(
    events,
    Scale(job.settings["channels"], luminosity, job.settings["scored_share"]),
    settings,
    seed=job.settings["seed"],
)
write_histograms(Path(job.output.histograms), comparison.histograms, job.describe())
job.write_json(Path(job.output.numbers), comparison.numbers)
job.finish()
