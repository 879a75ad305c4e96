"""Draw and describe how data compare with simulation in one selection."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from rapidmass.ntuples.quality.quarantine_record import sum_luminosity
from rapidmass.plotting.style import Frame
from rapidmass.provenance.atomic_files import read_json
from rapidmass.report.sections import Section
from rapidmass.studies.data_comparison.figures import draw_comparison
from rapidmass.studies.data_comparison.section import describe_comparison


def draw_section(
    folder: Path, settings: Mapping[str, Any], inputs: Mapping[str, Sequence[Path]]
) -> Section:
    """Draw the section; see `rapidmass.report.sections.Drawing`."""
    numbers = read_json(inputs["numbers"][0])
    figures = settings["figures"]
    luminosity = sum_luminosity(dict(settings["data_luminosities"]), inputs["data_weights"])
    drawn = draw_comparison(
        folder,
        replace(Frame.parse(settings["frame"]), luminosity=luminosity),
        numbers,
        inputs["histograms"][0],
        worst=None if figures == "all" else figures,
    )
    return describe_comparison(folder, numbers, drawn, pseudo=settings["pseudo"])
