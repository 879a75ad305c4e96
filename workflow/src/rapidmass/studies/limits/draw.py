"""Draw and describe the expected limits of one selection."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from rapidmass.config.studies.limits import Limits
from rapidmass.plotting.style import Frame
from rapidmass.provenance.atomic_files import read_json
from rapidmass.report.sections import Section
from rapidmass.studies.limits.figures import draw_limits
from rapidmass.studies.limits.section import describe_limits, name_limits


def draw_section(
    folder: Path, settings: Mapping[str, Any], inputs: Mapping[str, Sequence[Path]]
) -> Section:
    """Draw the section; see `rapidmass.report.sections.Drawing`."""
    frame = Frame.parse(settings["frame"])
    paths = iter(inputs["limits"])
    found = {
        scorer: {signal: read_json(next(paths)) for signal in frame.signals}
        for scorer in settings["scorers"]
    }
    for signal in frame.signals:
        limits = {scorer: by_signal[signal] for scorer, by_signal in found.items()}
        draw_limits(frame, signal, limits, folder / name_limits(signal))
    fit = Limits.model_validate(settings["limits"])
    return describe_limits(folder, found, fit)
