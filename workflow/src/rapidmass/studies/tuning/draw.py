"""Draw and describe what the trials of all networks of a selection found."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from rapidmass.plotting.style import Frame
from rapidmass.provenance.atomic_files import read_json
from rapidmass.report.sections import Section
from rapidmass.studies.tuning.figures import draw_importances, draw_trials
from rapidmass.studies.tuning.section import IMPORTANCES, TRIALS, describe_tuning


def draw_section(
    folder: Path, settings: Mapping[str, Any], inputs: Mapping[str, Sequence[Path]]
) -> Section:
    """Draw the section; see `rapidmass.report.sections.Drawing`."""
    frame = Frame.parse(settings["frame"])
    paths = iter(inputs["trials"])
    tunings = dict(zip(settings["tuned"], map(read_json, paths), strict=True))
    for name, tuning in tunings.items():
        own = replace(frame, architecture=name)
        draw_trials(own, tuning, folder / name / TRIALS)
        if tuning["importances"]:
            draw_importances(own, tuning["importances"], folder / name / IMPORTANCES)
    return describe_tuning(folder, tunings, settings["tuning"])
