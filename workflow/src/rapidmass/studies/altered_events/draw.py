"""Draw how the scores of a selection see altered events, and describe it."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from rapidmass.plotting.style import Frame
from rapidmass.provenance.atomic_files import read_json
from rapidmass.report.sections import Section
from rapidmass.studies.altered_events.figures import draw_alterations
from rapidmass.studies.altered_events.section import describe_alterations


def draw_section(
    folder: Path, settings: Mapping[str, Any], inputs: Mapping[str, Sequence[Path]]
) -> Section:
    """Draw the section; see `rapidmass.report.sections.Drawing`."""
    studies = [read_json(path) for path in inputs["studies"]]
    drawn = draw_alterations(folder, Frame.parse(settings["frame"]), studies)
    return describe_alterations(drawn, studies, settings["share"])
