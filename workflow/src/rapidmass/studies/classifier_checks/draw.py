"""Draw and describe the checks of all classifiers."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from rapidmass.config.studies.classifier_checks import ClassifierChecks
from rapidmass.plotting.style import Frame
from rapidmass.provenance.atomic_files import read_json
from rapidmass.report.sections import Section
from rapidmass.studies.classifier_checks.figures import (
    draw_calibration,
    draw_composition,
    draw_correlations,
    draw_importance,
    draw_overtraining,
    draw_purity,
    draw_sculpting,
)
from rapidmass.studies.classifier_checks.groups import CLASSES
from rapidmass.studies.classifier_checks.section import describe_checks, name_figure

DRAWN = {
    "overtraining": draw_overtraining,
    "calibration": draw_calibration,
    "purity": draw_purity,
    "importance": draw_importance,
    "composition": draw_composition,
}


def draw_section(
    folder: Path, settings: Mapping[str, Any], inputs: Mapping[str, Sequence[Path]]
) -> Section:
    """Draw the section; see `rapidmass.report.sections.Drawing`."""
    frame = Frame.parse(settings["frame"])
    checks = dict(zip(settings["networks"], map(read_json, inputs["checks"]), strict=True))
    for name, found in checks.items():
        one = replace(frame, architecture=name)
        for kind, draw in DRAWN.items():
            draw(one, found, folder / name_figure(name, kind))
        for kind in CLASSES:
            draw_correlations(one, found, kind, folder / name_figure(name, f"correlations_{kind}"))
        for variable in found["sculpting"]:
            output = folder / name_figure(name, f"sculpting_{variable}")
            draw_sculpting(one, found, variable, output)
    return describe_checks(folder, checks, ClassifierChecks.model_validate(settings["checks"]))
