"""Combine several trainings into one score."""

from pathlib import Path

from _job import start
from rapidmass.config.search.scan import ScanSettings
from rapidmass.provenance.atomic_files import read_json
from rapidmass.scores.ordered import open_ordered
from rapidmass.scores.read import read_background, read_signal
from rapidmass.search.scan import scan_cuts
from rapidmass.studies.trainings.combinations import NAMES, Stack, combine

job = start()
luminosity, names = job.settings["luminosity"], job.settings["signals"]
variables = sorted({"met", *job.settings["spectra"]})
background = Stack.make(
    read_background(
        Path(path),
        luminosity=luminosity,
        scored_share=job.settings["scored_share"],
        variables=variables,
    )
    for path in job.input.backgrounds
)
paths = iter(job.input.signals)
signals = {}
for name, weight in zip(names, job.input.weights, strict=True):
    factor = read_json(Path(weight))["weight"]
    signals[name] = Stack.make(
        read_signal(
            Path(next(paths)), name, weight=factor, luminosity=luminosity, variables=variables
        )
        for _ in job.settings["combined"]
    )
told, folder = job.settings["told"], Path(job.output[0]).parent
scans = {}
for kind in job.settings["combinations"]:
    rated, found = combine(kind, background, signals, told, folds=job.settings["folds"])
    with open_ordered(rated.cut, folder) as pieces:
        scans[NAMES[kind]] = {
            name: scan_cuts(
                pieces,
                found[name],
                ScanSettings.model_validate(job.settings["scan"]),
                channels=job.settings["channels"],
                spectra=job.settings["spectra"],
            )
            for name in names
        }
job.write_json(Path(job.output[0]), {"told": told, "scans": scans})
job.finish()
