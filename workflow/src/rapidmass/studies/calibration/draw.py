"""Draw and describe the calibration of p-values and intervals."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from rapidmass.plotting.style import Frame
from rapidmass.provenance.atomic_files import read_json
from rapidmass.report.sections import Section
from rapidmass.studies.calibration.figures import draw_p_values
from rapidmass.studies.calibration.section import FIGURE, NAMES, describe_calibration


def draw_section(
    folder: Path, settings: Mapping[str, Any], inputs: Mapping[str, Sequence[Path]]
) -> Section:
    """Draw the section; see `rapidmass.report.sections.Drawing`."""
    found = read_json(inputs["numbers"][0])
    frame = replace(Frame.parse(settings["frame"]), luminosity=found["luminosity"])
    draw_p_values(frame, found, NAMES, folder / FIGURE)
    return describe_calibration(folder, found, settings["what"])
