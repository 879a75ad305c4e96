"""Draw and describe what a study found in one selection."""

from importlib import import_module
from pathlib import Path

from _job import start
from rapidmass.report.sections import Drawing, write_section

job = start()
folder = Path(job.output[0])
inputs = {name: [Path(path) for path in paths] for name, paths in job.input.items()}
draw: Drawing = import_module(job.settings["module"]).draw_section
write_section(folder, draw(folder, job.settings, inputs))
job.finish()
