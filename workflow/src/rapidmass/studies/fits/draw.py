"""Draw and describe the fits of one selection."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from rapidmass.config.studies.fits import Fits
from rapidmass.plotting.style import Frame
from rapidmass.provenance.atomic_files import read_json
from rapidmass.report.sections import Section
from rapidmass.studies.fits.figures import draw_limits, draw_masses, draw_ranking, draw_templates
from rapidmass.studies.fits.masses import choose_score, order_series
from rapidmass.studies.fits.section import choose_shown, describe_fits, name_figure


def draw_section(
    folder: Path, settings: Mapping[str, Any], inputs: Mapping[str, Sequence[Path]]
) -> Section:
    """Draw the section; see `rapidmass.report.sections.Drawing`."""
    frame = Frame.parse(settings["frame"])
    pairs = [(signal, scorer) for scorer in settings["scorers"] for signal in frame.signals]
    found: dict[str, dict[str, dict[str, Any]]] = {"fits": {}, "scans": {}}
    for kind, by_signal in found.items():
        for signal in frame.signals:
            by_signal[signal] = {}
        for (signal, scorer), path in zip(pairs, inputs[kind], strict=True):
            by_signal[signal][scorer] = read_json(path)
    for signal, by_scorer in found["fits"].items():
        shown = choose_shown(by_scorer)
        seen = next(iter(by_scorer.values()))["luminosity"]
        at = replace(frame, luminosity=seen)
        draw_limits(at, signal, by_scorer, folder / name_figure("limits", signal))
        if shown is not None:
            one = replace(at, architecture=shown)
            for kind, draw in (("templates", draw_templates), ("ranking", draw_ranking)):
                draw(one, signal, by_scorer[shown], folder / name_figure(kind, signal))
    for name, masses in settings["mass_series"].items():
        series = order_series(masses, frame.signals)
        shown = choose_score(series, found["fits"]) if len(series) > 1 else None
        if shown is not None:
            seen = found["fits"][series[0][1]][shown]["luminosity"]
            at, output = replace(frame, luminosity=seen), folder / name_figure("masses", name)
            draw_masses(at, (name, series), found["fits"], shown, output)
    chosen = {**settings["fits"], "mass_series": settings["mass_series"]}
    return describe_fits(folder, found["fits"], found["scans"], Fits.model_validate(chosen))
