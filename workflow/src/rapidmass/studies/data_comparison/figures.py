"""Figures of data against simulation: which there are, and what they are called."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from rapidmass.plotting.p_values import MAP, P_VALUES, draw_map, draw_p_values
from rapidmass.plotting.style import Frame
from rapidmass.representations.rmm.layout import Layout
from rapidmass.studies.data_comparison.histograms import read_rows
from rapidmass.studies.data_comparison.stacks import draw_feature


def name_feature(name: str, region: str | None = None) -> str:
    """Name the figure of a feature, without suffix; `region`: of which region, if of one."""
    return f"feature_{name}" if region is None else f"region_{region}_{name}"


def choose_features(features: Sequence[Mapping[str, Any]], worst: int | None) -> list[str]:
    """Choose the features that have figures.

    Parameters
    ----------
    features
        Of the comparison, the worst first.
    worst
        How many cells, beside all that are no cells. None: all.

    Returns
    -------
    list of str
        Standard features, then cells, the worst first; only what some simulated event has.
    """
    shown = [f for f in features if f["effective"] > 0]  # without simulation there are no bins
    order = ("variable", "multiplicity", "flavour")
    standard = [f["name"] for kind in order for f in _sort(shown, kind)]
    cells = [f["name"] for f in shown if f["kind"] == "cell"]
    return standard + cells[:worst]


def _sort(features: Sequence[Mapping[str, Any]], kind: str) -> list[Mapping[str, Any]]:
    return sorted((f for f in features if f["kind"] == kind), key=lambda f: str(f["name"]))


def draw_comparison(
    folder: Path,
    frame: Frame,
    numbers: Mapping[str, Any],
    histograms: Path,
    *,
    worst: int | None,
) -> list[str]:
    """Draw the figures of a comparison.

    Parameters
    ----------
    folder
        Where to write.
    frame
        What figures have in common, with the luminosity of data.
    numbers
        What `rapidmass.studies.data_comparison.measure.compare_data` found.
    histograms
        File of its histograms.
    worst
        How many of the worst cells are drawn. None: all cells.

    Returns
    -------
    list of str
        Features that have figures, standard ones first and then the worst; those of regions, which
        are drawn too, are not listed.
    """
    layout = Layout(**numbers["layout"])
    features = {feature["name"]: feature for feature in numbers["features"]}
    draw_p_values(frame, layout, numbers["features"], folder / P_VALUES)
    draw_map(frame, layout, numbers["features"], folder / MAP)
    drawn = choose_features(numbers["features"], worst)
    for name in drawn:
        rows = read_rows(histograms, name)
        output = folder / name_feature(name)
        draw_feature(frame, layout, numbers, features[name], rows, output)
    for region in numbers.get("regions", ()):
        _draw_region(folder, frame, numbers, region, histograms)
    return drawn


def list_shown(region: Mapping[str, Any]) -> list[str]:
    """List the features of a region that have figures: variables and flavours.

    Parameters
    ----------
    region
        Of the comparison.

    Returns
    -------
    list of str
        Their names; only what some simulated event has.
    """
    features = [f for f in region["features"] if f["kind"] in ("variable", "flavour")]
    return choose_features(features, 0)


def _draw_region(
    folder: Path,
    frame: Frame,
    numbers: Mapping[str, Any],
    region: Mapping[str, Any],
    histograms: Path,
) -> None:
    features = {feature["name"]: feature for feature in region["features"]}
    layout = Layout(**numbers["layout"])
    for name in list_shown(region):
        rows = read_rows(histograms, name, region["name"])
        output = folder / name_feature(name, region["name"])
        draw_feature(frame, layout, numbers, features[name], rows, output, region)
