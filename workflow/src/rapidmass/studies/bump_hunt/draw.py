"""Draw and describe a bump hunt."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from rapidmass.ntuples.quality.quarantine_record import sum_luminosity
from rapidmass.plotting.style import Frame
from rapidmass.provenance.atomic_files import read_json
from rapidmass.report.sections import Section
from rapidmass.studies.bump_hunt.figures import (
    draw_features,
    draw_gates,
    draw_improvement,
    draw_p_values,
    draw_spectrum,
)
from rapidmass.studies.bump_hunt.section import describe_hunt, find_best


def draw_section(
    folder: Path, settings: Mapping[str, Any], inputs: Mapping[str, Sequence[Path]]
) -> Section:
    """Draw the section; see `rapidmass.report.sections.Drawing`."""
    found = read_json(inputs["hunt"][0])
    luminosity = sum_luminosity(dict(settings["data_luminosities"]), inputs["data_weights"])
    frame = replace(Frame.parse(settings["frame"]), luminosity=luminosity)
    best = found["windows"][find_best(found)]
    for cut in range(len(best["cuts"])):
        draw_spectrum(frame, best, cut, folder / f"spectrum_{cut}")
    draw_p_values(frame, found, folder / "p_values")
    draw_gates(frame, found, folder / "gates")
    if best["signals"]:
        draw_improvement(frame, best, folder / "improvement")
    draw_features(frame, best, folder / "features")
    return describe_hunt(folder, found, settings["hunt"], pseudo=settings["pseudo"])
