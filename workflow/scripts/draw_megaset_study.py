"""Draw and describe what the number of megasets changes in one selection."""

from pathlib import Path

from _job import start
from rapidmass.plotting.style import Frame
from rapidmass.provenance.atomic_files import read_json
from rapidmass.report.sections import write_section
from rapidmass.studies.megaset_number.figures import draw_aucs, draw_losses, draw_shapes, draw_times
from rapidmass.studies.megaset_number.measure import list_spreads
from rapidmass.studies.megaset_number.section import (
    TIMES,
    describe_megaset_study,
    name_aucs,
    name_losses,
    name_shapes,
)

job = start(snakemake)
folder = Path(snakemake.output[0])
frame = Frame.parse(job.settings["frame"])
names = job.settings["study_networks"]
networks = dict(zip(names, map(read_json, map(Path, snakemake.input.compared)), strict=True))
times = {
    name: read_json(Path(path))["seconds"]
    for name, path in zip(names, snakemake.input.times, strict=True)
}
spreads = {
    name: list_spreads(read_json(Path(path))["scorers"][name])
    for name, path in zip(job.settings["replicated"], snakemake.input.replicas, strict=True)
}
for name, content in networks.items():
    numbers = content["numbers"]
    draw_losses(frame, name, numbers, folder / name_losses(name))
    draw_aucs(frame, name, numbers, spreads.get(name, {}), folder / name_aucs(name))
    draw_shapes(frame, name, content["edges"], numbers, folder / name_shapes(name))
draw_times(frame, times, folder / TIMES)
section = describe_megaset_study(folder, networks, times, has_spreads=bool(spreads))
write_section(folder, section)
job.finish()
