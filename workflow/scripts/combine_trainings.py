"""Combine several trainings into one score."""

from functools import partial
from pathlib import Path

from _job import start
from rapidmass.config.search.scan import ScanSettings
from rapidmass.provenance.atomic_files import read_json
from rapidmass.studies.trainings.combinations import NAMES, scan_combination
from rapidmass.studies.trainings.stacks import iterate_stacks, read_stack

job = start()
luminosity, spectra = job.settings["luminosity"], job.settings["spectra"]
variables = sorted({"met", *spectra})
iterate = partial(
    iterate_stacks,
    [Path(path) for path in job.input.backgrounds],
    luminosity=luminosity,
    scored_share=job.settings["scored_share"],
    variables=variables,
)
trainings = len(job.settings["combined"])
signals = {
    name: read_stack(
        [Path(path) for path in job.input.signals[place * trainings : (place + 1) * trainings]],
        name,
        weight=read_json(Path(weight))["weight"],
        luminosity=luminosity,
        variables=variables,
    )
    for place, (name, weight) in enumerate(
        zip(job.settings["signals"], job.input.weights, strict=True)
    )
}
told = job.settings["told"]
scans = {
    NAMES[kind]: scan_combination(
        kind,
        iterate,
        signals,
        told,
        ScanSettings.model_validate(job.settings["scan"]),
        folds=job.settings["folds"],
        channels=job.settings["channels"],
        spectra=spectra,
        folder=Path(job.output[0]).parent,
    )
    for kind in job.settings["combinations"]
}
job.write_json(Path(job.output[0]), {"told": told, "scans": scans})
job.finish()
