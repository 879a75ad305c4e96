"""Draw and describe which signals trainings find."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from rapidmass.plotting.style import Frame
from rapidmass.provenance.atomic_files import read_json
from rapidmass.report.sections import Section
from rapidmass.studies.trainings.category_section import CATEGORY_FIGURES
from rapidmass.studies.trainings.figures import QUANTITIES, draw_matrix
from rapidmass.studies.trainings.section import describe_trainings


def draw_section(
    folder: Path, settings: Mapping[str, Any], inputs: Mapping[str, Sequence[Path]]
) -> Section:
    """Draw the section; see `rapidmass.report.sections.Drawing`."""
    frame = Frame.parse(settings["frame"])
    measured = read_json(inputs["trainings"][0])
    for quantity in QUANTITIES:
        draw_matrix(frame, measured, quantity, folder / quantity)
    categories = [read_json(path) for path in inputs.get("categories", ())]
    for found in categories:
        for quantity in CATEGORY_FIGURES:
            draw_matrix(frame, found, quantity, folder / f"categories_{quantity}")
    return describe_trainings(folder, measured, categories)
