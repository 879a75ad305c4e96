"""Mean errors of the reconstruction, cell by cell, and their ratio to the background."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from rapidmass.plotting.labels import add_heading
from rapidmass.plotting.rmm_matrices import add_bar, show_cells
from rapidmass.plotting.style import SQUARE, Frame, write_figure
from rapidmass.representations.rmm.layout import Layout
from rapidmass.studies.event_displays.figures import (
    LEFT,
    PAIR,
    PLACE,
    RIGHT,
    add_note,
    deviate,
    divide_means,
    read_cells,
    show_ratios,
    spread_cells,
)

SMALLEST_MEAN = 1e-5  # relative to the largest one: background may be far below a signal


def find_span(explanation: Mapping[str, Any]) -> tuple[float, float]:
    """Find the scale on which the mean errors of all groups of a network are drawn.

    Parameters
    ----------
    explanation
        What `rapidmass.studies.event_displays.cell_errors.explain_losses` gives.

    Returns
    -------
    float, float
        Its ends: the largest mean error, and a small share of it.
    """
    groups = [
        explanation["background"],
        *explanation["signals"].values(),
        *explanation["altered"].values(),
    ]
    means = np.concatenate([read_cells(group["mean"]) for group in groups])
    largest = float(np.nanmax(np.append(means, 0.0))) or 1.0
    return SMALLEST_MEAN * largest, largest


def draw_errors(
    frame: Frame,
    label: str,
    group: Mapping[str, Any],
    explanation: Mapping[str, Any],
    output: Path,
) -> None:
    """Draw the mean error of each cell, and beside it its ratio to that of the background.

    Parameters
    ----------
    frame
        What figures have in common, with the network.
    label
        What to call the group.
    group
        One of the groups of `explanation`; the background is drawn without a ratio.
    explanation
        What `rapidmass.studies.event_displays.cell_errors.explain_losses` gives.
    output
        Where to write, without suffix.
    """
    layout, cells = Layout(**explanation["layout"]), explanation["cells"]
    background = read_cells(explanation["background"]["mean"])
    mean = read_cells(group["mean"])
    compared = "uncertainty" in group
    numbers = {
        **frame.describe(),
        "group": label,
        "events": group["events"],
        "slots": layout.slots,
        "mean": spread_cells(layout, cells, mean),
    }
    if compared:
        ratio = divide_means(mean, background)
        deviation = deviate(mean, background, read_cells(group["uncertainty"]))
        numbers["ratio"] = ratio = spread_cells(layout, cells, ratio)
        numbers["deviation"] = deviation = spread_cells(layout, cells, deviation)
    with write_figure(output, numbers, PAIR if compared else SQUARE) as figure:
        axes = figure.add_axes(LEFT if compared else PLACE)
        shown = np.where(numbers["mean"] > 0, numbers["mean"], np.nan)
        image = show_cells(axes, layout, shown, find_span(explanation))
        add_bar(axes, image, "Mean error of the cell over all events")
        add_heading(axes, frame, f"{frame.architecture}, {label}")
        if compared:
            beside = figure.add_axes(RIGHT)
            show_ratios(beside, layout, ratio, deviation, "Mean error / that of the background")
            add_note(beside, "Relative to the background")
