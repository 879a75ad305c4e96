"""Draw and describe what the number of megasets changes in one selection."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from rapidmass.plotting.style import Frame
from rapidmass.provenance.atomic_files import read_json
from rapidmass.report.sections import Section
from rapidmass.studies.megaset_number.figures import draw_aucs, draw_losses, draw_shapes, draw_times
from rapidmass.studies.megaset_number.measure import list_spreads
from rapidmass.studies.megaset_number.section import (
    TIMES,
    describe_megaset_number,
    name_aucs,
    name_losses,
    name_shapes,
)


def draw_section(
    folder: Path, settings: Mapping[str, Any], inputs: Mapping[str, Sequence[Path]]
) -> Section:
    """Draw the section; see `rapidmass.report.sections.Drawing`."""
    frame = Frame.parse(settings["frame"])
    names = settings["study_networks"]
    networks = dict(zip(names, map(read_json, inputs["compared"]), strict=True))
    times = {
        name: read_json(path)["seconds"] for name, path in zip(names, inputs["times"], strict=True)
    }
    spreads = {
        name: list_spreads(read_json(path)["scorers"][name])
        for name, path in zip(settings["replicated"], inputs["replicas"], strict=True)
    }
    for name, content in networks.items():
        numbers = content["numbers"]
        draw_losses(frame, name, numbers, folder / name_losses(name))
        draw_aucs(frame, name, numbers, spreads.get(name, {}), folder / name_aucs(name))
        draw_shapes(frame, name, content["edges"], numbers, folder / name_shapes(name))
    draw_times(frame, times, folder / TIMES)
    return describe_megaset_number(folder, networks, times, has_spreads=bool(spreads))
