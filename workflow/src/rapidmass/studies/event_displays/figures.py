"""Matrices of single events, and how mean matrices differ from that of the background."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from numpy.typing import NDArray

from rapidmass.plotting.labels import add_heading, format_score
from rapidmass.plotting.rmm_matrices import RANGES, add_bar, name_unit, show_cells
from rapidmass.plotting.style import SQUARE, Frame, write_figure
from rapidmass.representations.rmm.layout import Layout

PAIR = (15.6, 7.4)
PLACE, LEFT, RIGHT = (0.12, 0.1, 0.7, 0.756), (0.06, 0.1, 0.36, 0.756), (0.56, 0.1, 0.36, 0.756)
RATIOS = (0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0)
DIVERGING = "RdBu_r"
SURE = 2.0  # standard deviations from which a difference is taken for one
SMALLEST = 1e-4  # of errors, relative to the largest one


def read_cells(listed: Any) -> NDArray[np.float64]:  # noqa: ANN401
    """Read numbers of cells from JSON; None becomes NaN."""
    return np.array(listed, dtype=np.float64)


def spread_cells(
    layout: Layout, cells: list[int], values: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Spread numbers of the cells that a network sees over the matrix.

    Parameters
    ----------
    layout
        Of the matrix.
    cells
        Flat indices.
    values
        One a cell.

    Returns
    -------
    ndarray of float64, shape (D, D)
        NaN where the network sees nothing.
    """
    spread = np.full(layout.n_cells, np.nan)
    spread[cells] = values
    return spread.reshape(layout.size, layout.size)


def divide_means(mean: NDArray[np.float64], whole: NDArray[np.float64]) -> NDArray[np.float64]:
    """Divide means of cells.

    Parameters
    ----------
    mean, whole
        The same shape. NaN, where no event has the cell, counts as 0.

    Returns
    -------
    ndarray of float64
        `mean / whole`; infinite where only `whole` is not positive, NaN where both are 0.
    """
    above, below = np.nan_to_num(mean), np.nan_to_num(whole)
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = above / np.maximum(below, 0.0)
    return np.where((above == 0) & (below == 0), np.nan, ratio)


def show_ratios(
    axes: Axes,
    layout: Layout,
    ratio: NDArray[np.float64],
    deviation: NDArray[np.float64],
    label: str,
) -> None:
    """Show ratios to the background, with dots on those that may be fluctuations.

    Parameters
    ----------
    axes
        Where to draw.
    layout
        What the cells mean.
    ratio
        Shape (D, D): NaN where there is nothing to compare.
    deviation
        Shape (D, D): the difference in units of its statistical uncertainty.
    label
        What the colours mean.
    """
    image = show_cells(axes, layout, ratio, (RATIOS[0], RATIOS[-1]), DIVERGING)
    # no uncertainty, no claim
    unsure = ~np.isnan(ratio) & ~(np.abs(deviation) >= SURE)
    rows, columns = np.nonzero(unsure)
    axes.plot(
        columns, rows, linestyle="none", marker="o", markersize=3, color="#303030",
        markeredgecolor="white", markeredgewidth=0.5,
    )  # fmt: skip
    bar = add_bar(axes, image, label)
    bar.set_ticks(RATIOS, labels=[f"{ratio:g}" for ratio in RATIOS])
    bar.minorticks_off()


def deviate(
    mean: NDArray[np.float64], whole: NDArray[np.float64], uncertainty: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Express differences in units of their uncertainty; NaN where that is not positive."""
    difference = np.nan_to_num(mean) - np.nan_to_num(whole)
    return difference / np.where(uncertainty > 0, uncertainty, np.nan)


def draw_difference(
    frame: Frame,
    name: str,
    group: Mapping[str, Any],
    background: NDArray[np.float64],
    layout: Layout,
    output: Path,
) -> None:
    """Draw how the mean matrix of a channel or signal differs from that of the background.

    Parameters
    ----------
    frame
        What figures have in common.
    name
        Channel or signal.
    group
        What `rapidmass.search.mean_matrices.compare_matrices` says of it.
    background
        Shape (D, D): mean matrix of the whole background.
    layout
        What the cells mean.
    output
        Where to write, without suffix.
    """
    mean, uncertainty = read_cells(group["mean"]), read_cells(group["uncertainty"])
    ratio, deviation = divide_means(mean, background), deviate(mean, background, uncertainty)
    numbers = {
        **frame.describe(),
        "group": name,
        "events": group["events"],
        "slots": layout.slots,
        "ratio": ratio,
        "deviation": deviation,
    }
    with write_figure(output, numbers, SQUARE) as figure:
        axes = figure.add_axes(PLACE)
        show_ratios(axes, layout, ratio, deviation, "Mean of the cell / mean in all background")
        add_heading(axes, frame, f"{frame.get_label(name)}, relative to the background")


def draw_event(
    frame: Frame,
    event: Mapping[str, Any],
    layout: Layout,
    cells: list[int],
    output: Path,
) -> None:
    """Draw the matrix of an event, and beside it the errors of its cells where there are such.

    Parameters
    ----------
    frame
        What figures have in common, with the network.
    event
        One of those that `rapidmass.studies.event_displays.select.collect_displays` gives.
    layout
        What the cells mean.
    cells
        Flat indices of the cells that the network sees.
    output
        Where to write, without suffix.
    """
    matrix = read_cells(event["matrix"])
    low, high = RANGES[layout.convention]
    numbers = {**frame.describe(), **event, "slots": layout.slots}
    paired = event["errors"] is not None
    with write_figure(output, numbers, PAIR if paired else SQUARE) as figure:
        axes = figure.add_axes(LEFT if paired else PLACE)
        image = show_cells(axes, layout, matrix, (low, high))
        add_bar(axes, image, f"Cell{name_unit(layout)}")
        add_heading(axes, frame, _describe_event(frame, event))
        if paired:
            errors = spread_cells(layout, cells, read_cells(event["errors"]))
            largest = float(np.nanmax(errors)) or 1.0
            beside = figure.add_axes(RIGHT)
            counted = np.where(errors > 0, errors, np.nan)
            image = show_cells(beside, layout, counted, (SMALLEST * largest, largest))
            add_bar(beside, image, "Error of the cell")
            add_note(beside, f"{frame.architecture}, score {format_score(event['score'])}")


def add_note(axes: Axes, text: str) -> None:
    """Write what a map shows above it."""
    axes.text(0.0, 1.02, text, transform=axes.transAxes, fontsize=14)


def _describe_event(frame: Frame, event: Mapping[str, Any]) -> str:
    name = event["channel"] or event["group"]
    kind = "Typical event" if event["kind"] == "typical" else f"Anomalous event {event['rank'] + 1}"
    return f"{kind}, {frame.get_label(name)}"
