"""Compare what experiments without a difference quote with what is true."""

from pathlib import Path

import numpy as np

from _job import start
from rapidmass.config.search.scan import ScanSettings
from rapidmass.config.studies.blind_test import BlindTest
from rapidmass.config.studies.calibration import Calibration
from rapidmass.config.studies.data_comparison import DataComparison
from rapidmass.config.studies.fits import Fits
from rapidmass.config.studies.two_sample import TwoSample
from rapidmass.ntuples.quality.quarantine_record import sum_luminosity
from rapidmass.provenance.atomic_files import read_json
from rapidmass.search.simulated_samples import MET, SampleFiles, SimulationFiles, Stated
from rapidmass.storage.event_keys import derive_seed
from rapidmass.studies.calibration.experiments import Truth
from rapidmass.studies.calibration.fits import FitSettings
from rapidmass.studies.calibration.measure import calibrate
from rapidmass.studies.calibration.tests import Choices

job = start()
told = job.settings
choices = Choices(
    Calibration.model_validate(told["calibration"]),
    TwoSample.model_validate(told["two_sample"]),
    BlindTest.model_validate(told["blind_test"]),
    DataComparison.model_validate(told["data_comparison"]),
    told["scan"]["minimum_effective_events"],
)
fits = FitSettings.choose(
    Fits.model_validate(told["fits"]),
    told["channels"],
    told["fit_uncertainty"],
    toys=choices.calibration.fit_toys,
)


def take(kind: str) -> SampleFiles:
    """Take the files of one sample: one a network or baseline."""
    paths = [Path(path) for path in job.input[kind]]
    return SampleFiles(dict(zip(told["models"], paths, strict=True)), told["scorers"])


files = SimulationFiles(
    take("background"),
    {told["signal"]: (take("signal"), read_json(Path(job.input.weight))["weight"])},
    list(zip(map(Path, job.input.shifted), told["shifts"].values(), strict=True)),
    choices.two_sample.variables,
    sorted({MET, choices.calibration.variable, *fits.fits.variables}),
)
luminosity = sum_luminosity(dict(told["data_luminosities"]), map(Path, job.input.data_weights))
seed = derive_seed(told["seed"], "calibration", told["selection"])
stated = Stated(luminosity, told["scored_share"], told["whole"], told["single"])
simulation = files.read(stated, choices.calibration.simulated, np.random.default_rng(seed))
(scorer,) = told["scorers"]
found = calibrate(
    Truth.take(simulation, told["signal"], scorer),
    choices,
    fits,
    ScanSettings.model_validate(told["scan"]),
    seed=seed,
)
job.write_json(Path(job.output[0]), {"luminosity": luminosity, **found})
job.finish()
