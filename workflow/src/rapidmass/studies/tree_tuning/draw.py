"""Draw and describe a search for settings of trees."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from rapidmass.plotting.style import Frame
from rapidmass.provenance.atomic_files import read_json
from rapidmass.report.sections import Section
from rapidmass.studies.tree_tuning.figures import draw_trials
from rapidmass.studies.tree_tuning.section import describe_tuning, name_figure


def draw_section(
    folder: Path, settings: Mapping[str, Any], inputs: Mapping[str, Sequence[Path]]
) -> Section:
    """Draw the section; see `rapidmass.report.sections.Drawing`."""
    frame = Frame.parse(settings["frame"])
    tunings = dict(zip(settings["networks"], map(read_json, inputs["tunings"]), strict=True))
    for name, found in tunings.items():
        draw_trials(replace(frame, architecture=name), found, folder / name_figure(name))
    tuning = settings["tuning"]
    return describe_tuning(
        folder, tunings, trials=tuning["trials"], inner_folds=tuning["inner_folds"]
    )
