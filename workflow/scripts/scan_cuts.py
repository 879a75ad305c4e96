"""Scan cuts on the score for one signal."""

from pathlib import Path

from _job import start
from rapidmass.config.search.scan import ScanSettings
from rapidmass.provenance.atomic_files import read_json
from rapidmass.search.scan import scan_cuts
from rapidmass.search.scored_pairs import PairReader

job = start()
luminosity = job.settings["luminosity"]
reader = PairReader(
    job.settings["signal"],
    read_json(Path(job.input.weight))["weight"],
    luminosity,
    job.settings["scored_share"],
    job.settings["column"],
    sorted({"met", *job.settings["spectra"]}),
)
shifted = job.input.shifted_backgrounds, job.input.shifted_signals
folder = Path(job.output[0]).parent
with reader.open(job.input.background, job.input.signal, folder) as pair:
    scan = scan_cuts(
        *pair,
        ScanSettings.model_validate(job.settings["scan"]),
        channels=job.settings["channels"],
        spectra=job.settings["spectra"],
        shifts=reader.open_shifts(job.settings["shifts"], *shifted, folder),
    )
job.write_json(Path(job.output[0]), {"luminosity": luminosity, **scan})
job.finish()
