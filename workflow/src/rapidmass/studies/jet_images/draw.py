"""Draw and describe what networks make of images of jets."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from rapidmass.plotting.style import Frame
from rapidmass.provenance.atomic_files import read_json
from rapidmass.report.sections import Section
from rapidmass.studies.jet_images.figures import draw_compression, draw_images
from rapidmass.studies.jet_images.section import describe_images


def draw_section(
    folder: Path, settings: Mapping[str, Any], inputs: Mapping[str, Sequence[Path]]
) -> Section:
    """Draw the section; see `rapidmass.report.sections.Drawing`."""
    frame = Frame.parse(settings["frame"])
    paths = zip(settings["networks"], inputs["measured"], strict=True)
    measured = {name: read_json(path) for name, path in paths}
    folder.mkdir(parents=True, exist_ok=True)
    for name, one in measured.items():
        if one["groups"]:
            draw_images(replace(frame, architecture=name), one, folder / f"images_{name}")
    compressed = {name: one for name, one in measured.items() if one["compression"]}
    if compressed:
        draw_compression(frame, compressed, folder / "compression")
    return describe_images(folder, frame, measured)
