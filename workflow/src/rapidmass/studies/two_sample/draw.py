"""Draw and describe a test of data against simulation."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from rapidmass.ntuples.quality.quarantine_record import sum_luminosity
from rapidmass.plotting.style import Frame
from rapidmass.provenance.atomic_files import read_json
from rapidmass.report.sections import Section
from rapidmass.studies.two_sample.figures import draw_importance, draw_null
from rapidmass.studies.two_sample.section import describe_difference


def draw_section(
    folder: Path, settings: Mapping[str, Any], inputs: Mapping[str, Sequence[Path]]
) -> Section:
    """Draw the section; see `rapidmass.report.sections.Drawing`."""
    found = read_json(inputs["numbers"][0])
    luminosity = sum_luminosity(dict(settings["data_luminosities"]), inputs["data_weights"])
    frame = replace(Frame.parse(settings["frame"]), luminosity=luminosity)
    for method, test in found["tests"].items():
        status = frame.plots.data_status
        draw_null(frame, test, folder / f"null_{method}", status=status)
        draw_importance(frame, test, folder / f"importance_{method}", status=status)
    return describe_difference(
        folder, found, normalisation=settings["normalisation"], pseudo=settings["pseudo"]
    )
