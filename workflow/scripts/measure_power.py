"""Measure how often tests find signals that are hidden among simulated events."""

from pathlib import Path

import numpy as np

from _job import start
from rapidmass.config.studies.blind_test import BlindTest
from rapidmass.config.studies.two_sample import TwoSample
from rapidmass.ntuples.quality.quarantine_record import sum_luminosity
from rapidmass.provenance.atomic_files import read_json
from rapidmass.search.simulated_samples import SampleFiles, SimulationFiles, Stated
from rapidmass.storage.event_keys import derive_seed
from rapidmass.studies.blind_test.measure import study_power
from rapidmass.studies.blind_test.tests import Choices

job = start()
told = job.settings
settings = BlindTest.model_validate(told["blind_test"])
choices = Choices(
    TwoSample.model_validate(told["two_sample"]),
    told["met_cuts"],
    told["minimum_effective_events"],
    told["background_uncertainty"],
)
luminosity = sum_luminosity(dict(told["data_luminosities"]), map(Path, job.input.data_weights))


def take(kind: str, place: int = 0) -> SampleFiles:
    """Take the files of one sample: there is one a network or baseline."""
    first = place * len(told["models"])
    paths = [Path(path) for path in job.input[kind]][first : first + len(told["models"])]
    return SampleFiles(dict(zip(told["models"], paths, strict=True)), told["scorers"])


files = SimulationFiles(
    take("background"),
    {
        name: (take("signals", place), read_json(Path(job.input.weights[place]))["weight"])
        for place, name in enumerate(told["signals"])
    },
    list(zip(map(Path, job.input.shifted), told["shifts"].values(), strict=True)),
    choices.two_sample.variables,
)
seed = derive_seed(told["seed"], "blind test", told["selection"])
stated = Stated(luminosity, told["scored_share"], told["whole"], told["single"])
simulation = files.read(stated, settings.simulated, np.random.default_rng(seed))
found = study_power(simulation, settings, choices, seed=seed)
job.write_json(
    Path(job.output[0]), {"luminosity": luminosity, "features": files.list_features(), **found}
)
job.finish()
