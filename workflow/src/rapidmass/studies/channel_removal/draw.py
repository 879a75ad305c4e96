"""Draw and describe channel removal in one selection."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from rapidmass.plotting.style import Frame
from rapidmass.provenance.atomic_files import read_json
from rapidmass.report.sections import Section
from rapidmass.studies.channel_removal.figures import draw_map, draw_shapes
from rapidmass.studies.channel_removal.section import MAP, describe_removal, name_shapes


def draw_section(
    folder: Path, settings: Mapping[str, Any], inputs: Mapping[str, Sequence[Path]]
) -> Section:
    """Draw the section; see `rapidmass.report.sections.Drawing`."""
    floor = settings["minimum_effective_events"]
    paths = iter(inputs["networks"])
    networks = {
        network: {
            channel: read_json(next(paths))["channels"][channel] for channel in settings["removed"]
        }
        for network in settings["removal_networks"]
    }
    baselines = {
        name: read_json(path)["channels"]
        for name, path in zip(settings["baselines"], inputs["baselines"], strict=True)
    }
    frame = Frame.parse(settings["frame"])
    draw_map(frame, [*networks.values(), *baselines.values()], floor, folder / MAP)
    for network, channels in networks.items():
        draw_shapes(frame, network, channels, folder / name_shapes(network))
    return describe_removal(folder, networks, baselines, floor)
