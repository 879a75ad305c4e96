"""Draw and describe the blind test of a selection."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from rapidmass.ntuples.quality.quarantine_record import sum_luminosity
from rapidmass.plotting.style import Frame
from rapidmass.provenance.atomic_files import read_json
from rapidmass.report.sections import Section
from rapidmass.studies.blind_test.figures import draw_power
from rapidmass.studies.blind_test.section import describe_blind_test, name_figure, name_tests


def draw_section(
    folder: Path, settings: Mapping[str, Any], inputs: Mapping[str, Sequence[Path]]
) -> Section:
    """Draw the section; see `rapidmass.report.sections.Drawing`."""
    found = read_json(inputs["power"][0])
    luminosity = sum_luminosity(dict(settings["data_luminosities"]), inputs["data_weights"])
    frame = replace(Frame.parse(settings["frame"]), luminosity=luminosity)
    tests, thin = name_tests(found)
    for signal in found["signals"]:
        draw_power(frame, signal, found, tests, thin, folder / name_figure(signal))
    labels = {signal: frame.get_label(signal) for signal in found["signals"]}
    return describe_blind_test(folder, found, labels)
