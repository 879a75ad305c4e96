"""Mean rapidity-mass matrices of channels and signals."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes
from matplotlib.colorbar import Colorbar
from matplotlib.colors import LogNorm
from matplotlib.image import AxesImage
from numpy.typing import NDArray

from rapidmass.plotting.labels import add_heading
from rapidmass.plotting.names import name_matrix
from rapidmass.plotting.style import SQUARE, Frame, write_figure
from rapidmass.representations.rmm.layout import Layout
from rapidmass.search.mean_matrices import MatrixSum, sum_channels, sum_signal

RANGES = {"thesis": (1e-3, 1e3), "reference": (1e-6, 1.0)}
ABSENT = "#c8c8c8"


def draw_matrices(
    folder: Path,
    frame: Frame,
    megasets: Sequence[Path],
    signals: Mapping[str, Sequence[Path]],
    layout: Layout,
) -> None:
    """Draw the mean matrix of each channel and each signal of a selection.

    Parameters
    ----------
    folder
        Where to write what `rapidmass.plotting.names.list_selection_figures` lists.
    frame
        What figures have in common.
    megasets
        Background, from which the means of the channels come.
    signals
        Shards by signal.
    layout
        Layout of the matrices, for groups without events.
    """
    sums = sum_channels(megasets, frame.channels)
    for name in frame.channels:
        draw_matrix(frame, name, sums.get(name) or MatrixSum(layout), folder / name_matrix(name))
    for name, shards in signals.items():
        total = sum_signal(shards) or MatrixSum(layout)
        draw_matrix(frame, name, total, folder / name_matrix(name))


def draw_matrix(frame: Frame, group: str, total: MatrixSum, output: Path) -> None:
    """Draw a mean matrix as a map of colours.

    Parameters
    ----------
    frame
        What figures have in common.
    group
        Name of the channel or signal.
    total
        Its sums.
    output
        Where to write, without suffix.
    """
    mean, layout = total.get_mean(), total.layout
    low, high = RANGES[layout.convention]
    numbers: dict[str, Any] = {
        **frame.describe(),
        "group": group,
        "events": total.events,
        "weight": total.weight,
        "slots": layout.slots,
        "mean": mean,
        "filled_share": total.get_filled_share(),
    }
    with write_figure(output, numbers, SQUARE) as figure:
        axes = figure.add_axes((0.12, 0.1, 0.7, 0.756))
        image = show_cells(axes, layout, mean, (low, high))
        add_bar(axes, image, f"Mean of the cell over all events{name_unit(layout)}")
        add_heading(axes, frame, f"{frame.get_label(group)}, simulated events: {total.events:,}")


def show_cells(
    axes: Axes,
    layout: Layout,
    cells: NDArray[np.float64],
    span: tuple[float, float],
    colours: str = "viridis",
) -> AxesImage:
    """Show a matrix as a map of colours on a logarithmic scale.

    Parameters
    ----------
    axes
        Where to draw.
    layout
        What the cells mean.
    cells
        Shape (D, D): numbers that are not negative; grey where they are NaN.
    span
        Ends of the scale; what lies outside has the colour of the end.
    colours
        Name of the colour map.

    Returns
    -------
    AxesImage
        For `add_bar`.
    """
    shown = np.ma.masked_invalid(np.clip(cells, *span))
    image = axes.imshow(
        shown,
        cmap=mpl.colormaps[colours].with_extremes(bad=ABSENT),
        norm=LogNorm(*span),
        interpolation="none",
    )
    _mark_slots(axes, layout)
    return image


def add_bar(axes: Axes, image: AxesImage, label: str) -> Colorbar:
    """Put the scale of colours to the right of a map.

    Parameters
    ----------
    axes
        Where the map is.
    image
        From `show_cells`.
    label
        What the colours mean.

    Returns
    -------
    Colorbar
        The scale.
    """
    figure, place = axes.get_figure(root=True), axes.get_position()
    assert figure is not None  # the axes are in one
    width = 0.03 * place.width / 0.7
    beside = figure.add_axes((place.x1 + width / 1.5, place.y0, width, place.height))
    bar = figure.colorbar(image, cax=beside, extend="both")
    bar.set_label(label, fontsize=14)
    bar.ax.tick_params(labelsize=13)
    return bar


def name_unit(layout: Layout) -> str:
    """Name the unit of cells, for the label of a scale."""
    return ", GeV where the cell has a unit" if layout.convention == "thesis" else ""


def _mark_slots(axes: Axes, layout: Layout) -> None:
    """Name every row and column, and draw lines between the blocks."""
    places = np.arange(layout.size)
    axes.set_xticks(places, layout.slots, rotation=90, fontsize=11)
    axes.set_yticks(places, layout.slots, fontsize=11)
    axes.minorticks_off()
    axes.tick_params(length=0)
    for edge in np.cumsum([0.5, *layout.types.values()]):
        axes.axhline(edge, color="white", linewidth=0.8)
        axes.axvline(edge, color="white", linewidth=0.8)
