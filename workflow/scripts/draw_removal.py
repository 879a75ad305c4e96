"""Draw and describe channel removal in one selection."""

from pathlib import Path

from _job import start
from rapidmass.plotting.style import Frame
from rapidmass.provenance.atomic_files import read_json
from rapidmass.report.sections import write_section
from rapidmass.studies.channel_removal.figures import draw_map, draw_shapes
from rapidmass.studies.channel_removal.section import MAP, describe_removal, name_shapes

job = start(snakemake)
folder = Path(snakemake.output[0])
floor = job.settings["minimum_effective_events"]
paths = iter(snakemake.input.networks)
networks = {
    network: {
        channel: read_json(Path(next(paths)))["channels"][channel]
        for channel in job.settings["removed"]
    }
    for network in job.settings["removal_networks"]
}
baselines = {
    name: read_json(Path(path))["channels"]
    for name, path in zip(job.settings["baselines"], snakemake.input.baselines, strict=True)
}
frame = Frame.parse(job.settings["frame"])
draw_map(frame, [*networks.values(), *baselines.values()], floor, folder / MAP)
for network, channels in networks.items():
    draw_shapes(frame, network, channels, folder / name_shapes(network))
write_section(folder, describe_removal(folder, networks, baselines, floor))
job.finish()
