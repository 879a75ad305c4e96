"""Draw and describe how results spread over seeds in one selection."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from rapidmass.plotting.style import Frame
from rapidmass.provenance.atomic_files import read_json
from rapidmass.report.sections import Section
from rapidmass.studies.seeds.figures import draw_bands, draw_curves
from rapidmass.studies.seeds.section import describe_replicas, name_bands, name_curves


def draw_section(
    folder: Path, settings: Mapping[str, Any], inputs: Mapping[str, Sequence[Path]]
) -> Section:
    """Draw the section; see `rapidmass.report.sections.Drawing`."""
    frame = Frame.parse(settings["frame"])
    contents = [read_json(path)["scorers"] for path in inputs["networks"]]
    scorers = {name: content[name] for content in contents for name in content}
    for name, measured in scorers.items():
        draw_bands(frame, name, measured, folder / name_bands(name))
        draw_curves(frame, name, measured, folder / name_curves(name))
    return describe_replicas(folder, scorers)
