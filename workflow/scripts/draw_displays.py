"""Draw and describe matrices of one selection: single events, differences, errors of cells."""

from pathlib import Path

from _job import start
from rapidmass.plotting.style import Frame
from rapidmass.provenance.atomic_files import read_json
from rapidmass.report.sections import write_section
from rapidmass.studies.event_displays.gallery import draw_gallery
from rapidmass.studies.event_displays.section import describe_displays

job = start(snakemake)
folder = Path(snakemake.output[0])
frame = Frame.parse(job.settings["frame"])
networks = job.settings["networks"]
differences = read_json(Path(snakemake.input.differences[0]))
displays = [read_json(Path(path)) for path in snakemake.input.displays]
explanations = [read_json(Path(path)) for path in snakemake.input.explanations]
products = (
    differences,
    dict(zip(networks, displays, strict=True)),
    dict(zip(networks, explanations, strict=True)),
)
draw_gallery(folder, frame, *products)
write_section(folder, describe_displays(folder, frame, *products, cells=job.settings["cells"]))
job.finish()
