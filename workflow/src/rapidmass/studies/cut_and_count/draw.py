"""Describe what is left behind cuts by hand."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from rapidmass.config.studies.cut_and_count import CutAndCount
from rapidmass.plotting.style import Frame
from rapidmass.provenance.atomic_files import read_json
from rapidmass.report.sections import Section
from rapidmass.studies.cut_and_count.figures import draw_significances
from rapidmass.studies.cut_and_count.section import describe_counts

FIGURE = "significances"


def draw_section(
    folder: Path, settings: Mapping[str, Any], inputs: Mapping[str, Sequence[Path]]
) -> Section:
    """Describe the section; see `rapidmass.report.sections.Drawing`."""
    best: dict[str, dict[str, Any]] = {}
    for (signal, scorer), path in zip(settings["pairs"], inputs.get("scans", ()), strict=True):
        reached = read_json(path)["best"]
        if reached is None or reached["profiled"] is None:
            continue
        if signal not in best or reached["profiled"] > best[signal]["value"]:
            best[signal] = {
                "value": reached["profiled"],
                "uncertainty": reached["profiled_uncertainty"],
                "by": scorer,
            }
    found = read_json(inputs["counts"][0])
    output = folder / FIGURE
    draw_significances(Frame.parse(settings["frame"]), found, best, output)
    return describe_counts(
        output.with_suffix(".png"),
        found,
        best,
        CutAndCount.model_validate(settings["counting"]),
        background_uncertainty=settings["background_uncertainty"],
        minimum_effective_events=settings["floor"],
    )
