"""Fit the templates of one signal by one score."""

from functools import partial
from pathlib import Path

from _job import start
from rapidmass.config.studies.fits import Fits
from rapidmass.ntuples.quality.quarantine_record import sum_luminosity
from rapidmass.provenance.atomic_files import read_json, write_json
from rapidmass.scores.read import read_data
from rapidmass.search.fit import fit_signal
from rapidmass.search.scored_pairs import PairReader
from rapidmass.storage.event_keys import derive_seed

job = start()
settings = Fits.model_validate(job.settings["fits"])
column, variables = job.settings["column"], settings.variables
normalisation = read_json(Path(job.input.weight))
data, luminosity = None, job.settings["luminosity"]
if job.input.data:
    data = (read_data(Path(path), column=column, variables=variables) for path in job.input.data)
    luminosity = sum_luminosity(
        dict(job.settings["data_luminosities"]), map(Path, job.input.data_weights)
    )
reader = PairReader(
    job.settings["signal"],
    normalisation["weight"],
    luminosity,
    job.settings["scored_share"],
    column,
    variables,
)
names = job.settings["selection"], job.settings["scorer"], job.settings["signal"]
shifted = job.input.shifted_backgrounds, job.input.shifted_signals
result, workspace = fit_signal(
    partial(reader.iterate, job.input.background),
    reader.read_signal(job.input.signal),
    settings,
    channels=job.settings["channels"],
    cross_section=normalisation["cross_section"],
    background_uncertainty=job.settings["background_uncertainty"],
    seed=derive_seed(job.settings["seed"], "fits", *names),
    folder=Path(job.output.fit).parent,
    shifts=reader.list_shifts(job.settings["shifts"], *shifted),
    data=data,
)
job.write_json(Path(job.output.fit), {"luminosity": luminosity, **result})
# others read it: it holds nothing but what its format knows
write_json(Path(job.output.workspace), workspace)
job.finish()
