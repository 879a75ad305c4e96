"""Check a classifier."""

from functools import partial
from pathlib import Path

from _job import start
from rapidmass.config.studies.classifier_checks import ClassifierChecks
from rapidmass.provenance.atomic_files import read_json
from rapidmass.scores.read import iterate_background, read_signal
from rapidmass.storage.event_keys import derive_seed
from rapidmass.studies.classifier_checks.measure import (
    Trained,
    check_model,
    check_scores,
    read_settings,
)

job = start()
checks = ClassifierChecks.model_validate(job.settings["checks"])
names, luminosity = job.settings["signals"], job.settings["luminosity"]
trained = Trained(
    job.settings["name"],
    read_settings(job.settings["architecture"]),
    Path(job.input.model),
    next(map(Path, job.input.booster), None),
    [Path(path) for path in job.input.megasets],
    dict(zip(names, map(Path, job.input.signals), strict=True)),
    job.settings["validation_fraction"],
)
seed = derive_seed(job.settings["seed"], "classifier checks", job.settings["name"])
background = partial(
    iterate_background,
    Path(job.input.background),
    luminosity=luminosity,
    scored_share=job.settings["scored_share"],
    variables=checks.variables,
)
signals = [
    read_signal(Path(path), name, weight=read_json(Path(weight))["weight"], luminosity=luminosity,
                variables=[])
    for name, path, weight in zip(names, job.input.scores, job.input.weights, strict=True)
]  # fmt: skip
job.write_json(
    Path(job.output[0]),
    {
        **check_model(trained, checks, seed=seed, threads=job.threads),
        **check_scores(
            background,
            signals,
            checks,
            channels=job.settings["channels"],
            minimum_effective_events=job.settings["floor"],
            folder=Path(job.output[0]).parent,
        ),
    },
)
job.finish()
