"""Scan cuts on the score for one signal."""

from pathlib import Path

from _job import start
from rapidmass.config.scan import ScanSettings
from rapidmass.files import read_json
from rapidmass.search.events import read_background, read_signal
from rapidmass.search.scan import scan_cuts

job = start(snakemake)
luminosity = job.settings["luminosity"]
variables = sorted({"met", *job.settings["spectra"]})
background = read_background(
    Path(snakemake.input.background),
    luminosity=luminosity,
    test_fraction=job.settings["test_fraction"],
    column=job.settings["column"],
    variables=variables,
)
signal = read_signal(
    Path(snakemake.input.signal),
    job.settings["signal"],
    weight=read_json(Path(snakemake.input.weight))["weight"],
    luminosity=luminosity,
    column=job.settings["column"],
    variables=variables,
)
scan = scan_cuts(
    background,
    signal,
    ScanSettings.model_validate(job.settings["scan"]),
    channels=job.settings["channels"],
    spectra=job.settings["spectra"],
)
job.write_json(Path(snakemake.output[0]), {"luminosity": luminosity, **scan})
job.finish()
