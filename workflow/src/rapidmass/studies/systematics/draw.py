"""Draw what systematic variations do to scores in one selection, and describe it."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from rapidmass.plotting.style import Frame
from rapidmass.provenance.atomic_files import read_json
from rapidmass.report.sections import Section
from rapidmass.studies.systematics.figures import draw_shifts
from rapidmass.studies.systematics.section import describe_systematics, name_shifts


def draw_section(
    folder: Path, settings: Mapping[str, Any], inputs: Mapping[str, Sequence[Path]]
) -> Section:
    """Draw the section; see `rapidmass.report.sections.Drawing`."""
    frame = Frame.parse(settings["frame"])
    paths = iter(inputs["scans"])
    scans = {
        scorer: {signal: read_json(next(paths)) for signal in frame.signals}
        for scorer in settings["scorers"]
    }
    drawn = settings["drawn"]
    for scorer in drawn:
        scan = next(iter(scans[scorer].values()))
        draw_shifts(replace(frame, architecture=scorer), scan, folder / name_shifts(scorer))
    return describe_systematics(folder, scans, settings["known"], drawn)
