"""Draw and describe what taggers reject."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from rapidmass.plotting.style import Frame
from rapidmass.provenance.atomic_files import read_json
from rapidmass.report.sections import Section
from rapidmass.studies.taggers.figures import draw_bins, draw_curves
from rapidmass.studies.taggers.section import describe_taggers, name_figure


def draw_section(
    folder: Path, settings: Mapping[str, Any], inputs: Mapping[str, Sequence[Path]]
) -> Section:
    """Draw the section; see `rapidmass.report.sections.Drawing`."""
    frame = Frame.parse(settings["frame"])
    measured = read_json(inputs["taggers"][0])
    folder.mkdir(parents=True, exist_ok=True)
    for number, pair in enumerate(measured["pairs"]):
        draw_curves(frame, pair, folder / name_figure("curves", pair, number))
        draw_bins(frame, measured, pair, folder / name_figure("bins", pair, number))
    return describe_taggers(folder, frame, measured)
