"""Draw and describe what a study found in one selection."""

from importlib import import_module
from pathlib import Path

from _job import start
from rapidmass.report.sections import write_section

job = start()
folder = Path(job.output[0])
inputs = {name: [Path(path) for path in paths] for name, paths in job.input.items()}
study = import_module(job.settings["module"])
write_section(folder, study.draw_section(folder, job.settings, inputs))
job.finish()
