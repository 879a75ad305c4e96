"""Draw and describe matrices of one selection: single events, differences, errors of cells."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from rapidmass.plotting.style import Frame
from rapidmass.provenance.atomic_files import read_json
from rapidmass.report.sections import Section
from rapidmass.studies.event_displays.gallery import draw_gallery
from rapidmass.studies.event_displays.section import describe_displays


def draw_section(
    folder: Path, settings: Mapping[str, Any], inputs: Mapping[str, Sequence[Path]]
) -> Section:
    """Draw the section; see `rapidmass.report.sections.Drawing`."""
    frame = Frame.parse(settings["frame"])
    networks = settings["networks"]
    differences = read_json(inputs["differences"][0])
    displays = [read_json(path) for path in inputs["displays"]]
    explanations = [read_json(path) for path in inputs["explanations"]]
    products = (
        differences,
        dict(zip(networks, displays, strict=True)),
        dict(zip(networks, explanations, strict=True)),
    )
    draw_gallery(folder, frame, *products)
    return describe_displays(folder, frame, *products, cells=settings["cells"])
