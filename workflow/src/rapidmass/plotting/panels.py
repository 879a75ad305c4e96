"""Figures of several panels: their places, and the line above all of them."""

from typing import Any

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from rapidmass.plotting.labels import format_energy, format_luminosity
from rapidmass.plotting.style import Frame

COLUMNS = 4
PANEL = (3.1, 2.6)  # inches
EDGES = {"left": 0.9, "right": 0.15, "bottom": 0.75, "top": 0.6}  # inches
GAP = 0.12  # inches


def find_size(panels: int) -> tuple[float, float]:
    """Find the size of a figure with some panels of the same axes.

    Parameters
    ----------
    panels
        Their number.

    Returns
    -------
    width, height
        In inches.
    """
    columns, rows = _count(panels)
    return (
        EDGES["left"] + columns * PANEL[0] + (columns - 1) * GAP + EDGES["right"],
        EDGES["bottom"] + rows * PANEL[1] + (rows - 1) * GAP + EDGES["top"],
    )


def add_panels(figure: Figure, panels: int) -> list[Axes]:
    """Add panels that share both axes; only the outer ones have numbers.

    Parameters
    ----------
    figure
        Of the size that `find_size` gives.
    panels
        Their number.

    Returns
    -------
    list of Axes
        Row by row.
    """
    columns, rows = _count(panels)
    width, height = figure.get_size_inches()
    found: list[Axes] = []
    for k in range(panels):
        row, column = divmod(k, columns)
        left = EDGES["left"] + column * (PANEL[0] + GAP)
        bottom = EDGES["bottom"] + (rows - 1 - row) * (PANEL[1] + GAP)
        place = (left / width, bottom / height, PANEL[0] / width, PANEL[1] / height)
        axes = figure.add_axes(place, sharex=found[0] if found else None)
        lowest = k + columns >= panels
        axes.tick_params(labelsize=12, labelbottom=lowest, labelleft=column == 0)
        found.append(axes)
    return found


def _count(panels: int) -> tuple[int, int]:
    columns = min(max(panels, 1), COLUMNS)
    return columns, -(-max(panels, 1) // columns)


def add_title(figure: Figure, frame: Frame, text: str = "") -> None:
    """Write experiment, energy, luminosity, selection and network above all panels.

    Parameters
    ----------
    figure
        Where to write; its top must be free.
    frame
        What to write.
    text
        What the figure shows.
    """
    height = float(figure.get_size_inches()[1])
    left, line = EDGES["left"] / float(figure.get_size_inches()[0]), 1 - 0.36 / height
    options: dict[str, Any] = {"fontsize": 17, "weight": "bold", "style": "italic"}
    name = figure.text(left, line, frame.plots.experiment, va="baseline", **options)
    words = [format_energy(frame.sqrt_s)]
    words += [format_luminosity(frame.luminosity)] if frame.luminosity else []
    words += [word for word in (frame.selection, frame.architecture, text) if word]
    label = figure.axes[0].annotate(
        frame.plots.label, (1, 0), xycoords=name, xytext=(6, 0), textcoords="offset points",
        va="bottom", fontsize=17, annotation_clip=False,
    )  # fmt: skip
    figure.axes[0].annotate(
        ", ".join(words), (1, 0), xycoords=label, xytext=(14, 0), textcoords="offset points",
        va="bottom", fontsize=13, annotation_clip=False,
    )  # fmt: skip
