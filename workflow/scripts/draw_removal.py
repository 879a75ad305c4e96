"""Draw and describe channel removal in one selection."""

from pathlib import Path

from _job import start
from rapidmass.figures.removal import draw_map, draw_shapes
from rapidmass.figures.style import Frame
from rapidmass.files import read_json
from rapidmass.report.removal import MAP, describe_removal, name_shapes
from rapidmass.report.sections import write_section

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
