"""Count background and signals behind cuts by hand."""

from pathlib import Path

from _job import start
from rapidmass.config.studies.cut_and_count import CutAndCount
from rapidmass.provenance.atomic_files import read_json
from rapidmass.scores.read import iterate_background, iterate_signal
from rapidmass.studies.cut_and_count.measure import count_behind_cuts

job = start()
settings = CutAndCount.model_validate(job.settings["counting"])
luminosity = job.settings["luminosity"]
background = iterate_background(
    Path(job.input.background[0]),
    luminosity=luminosity,
    scored_share=job.settings["scored_share"],
    variables=settings.variables,
)
files = zip(job.settings["signals"], job.input.signals, job.input.weights, strict=True)
signals = {
    name: iterate_signal(
        Path(path),
        name,
        weight=read_json(Path(weight))["weight"],
        luminosity=luminosity,
        variables=settings.variables,
    )
    for name, path, weight in files
}
found = count_behind_cuts(
    background,
    signals,
    settings,
    background_uncertainty=job.settings["background_uncertainty"],
    minimum_effective_events=job.settings["floor"],
)
job.write_json(Path(job.output[0]), found)
job.finish()
