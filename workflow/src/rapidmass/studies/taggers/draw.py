"""Draw and describe what taggers reject."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from rapidmass.plotting.style import Frame
from rapidmass.provenance.atomic_files import read_json
from rapidmass.report.sections import Section
from rapidmass.studies.taggers.figures import draw_bins, draw_curves
from rapidmass.studies.taggers.image_figures import draw_extremes, draw_filters, draw_means
from rapidmass.studies.taggers.image_section import list_pairs
from rapidmass.studies.taggers.section import describe_taggers, name_figure


def draw_section(
    folder: Path, settings: Mapping[str, Any], inputs: Mapping[str, Sequence[Path]]
) -> Section:
    """Draw the section; see `rapidmass.report.sections.Drawing`."""
    frame = Frame.parse(settings["frame"])
    measured = read_json(inputs["taggers"][0])
    folder.mkdir(parents=True, exist_ok=True)
    for number, pair in enumerate(measured["pairs"]):
        draw_curves(frame, pair, folder / name_figure("curves", pair, number))
        draw_bins(frame, measured, pair, folder / name_figure("bins", pair, number))
    paths = zip(settings["seeing"], inputs["images"], strict=True)
    images = {name: read_json(path) for name, path in paths}
    for name, one in images.items():
        _draw_images(folder, replace(frame, architecture=name), name, one)
    return describe_taggers(folder, frame, measured, images)


def _draw_images(folder: Path, frame: Frame, name: str, measured: Mapping[str, Any]) -> None:
    for number, pair in enumerate(list_pairs(measured)):
        draw_means(frame, measured, pair, folder / f"means_{name}_{number}")
    if measured["filters"]:
        draw_filters(frame, measured, folder / f"filters_{name}")
    if measured["classes"]:
        draw_extremes(frame, measured, folder / f"extremes_{name}")
