"""Draw and describe how results spread over seeds in one selection."""

from pathlib import Path

from _job import start
from rapidmass.plotting.style import Frame
from rapidmass.provenance.atomic_files import read_json
from rapidmass.report.sections import write_section
from rapidmass.studies.seeds.figures import draw_bands, draw_curves
from rapidmass.studies.seeds.section import describe_replicas, name_bands, name_curves

job = start(snakemake)
folder = Path(snakemake.output[0])
frame = Frame.parse(job.settings["frame"])
contents = [read_json(Path(path))["scorers"] for path in snakemake.input]
scorers = {name: content[name] for content in contents for name in content}
for name, measured in scorers.items():
    draw_bands(frame, name, measured, folder / name_bands(name))
    draw_curves(frame, name, measured, folder / name_curves(name))
write_section(folder, describe_replicas(folder, scorers))
job.finish()
