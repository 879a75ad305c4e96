"""Mean rapidity-mass matrices of channels and signals."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import matplotlib as mpl
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from matplotlib.axes import Axes
from matplotlib.colors import LogNorm
from numpy.typing import NDArray

from rapidmass.figures.labels import add_heading
from rapidmass.figures.names import name_matrix
from rapidmass.figures.style import SQUARE, Frame, write_figure
from rapidmass.rmm import Layout, densify
from rapidmass.shards import iterate_events
from rapidmass.tables import get_matrices

ROWS_PER_BLOCK = 4096  # dense rows of 17 MB, in float64
RANGES = {"thesis": (1e-3, 1e3), "reference": (1e-6, 1.0)}
ABSENT = "#c8c8c8"


@dataclass
class MatrixSum:
    """Sums over events from which the mean matrix follows.

    Parameters
    ----------
    layout
        What the cells mean.
    """

    layout: Layout
    events: int = 0
    weight: float = 0.0
    cells: NDArray[np.float64] = field(init=False)
    filled_weight: NDArray[np.float64] = field(init=False)
    filled: NDArray[np.bool_] = field(init=False)

    def __post_init__(self) -> None:
        self.cells = np.zeros(self.layout.n_cells)
        self.filled_weight = np.zeros(self.layout.n_cells)
        self.filled = np.zeros(self.layout.n_cells, dtype=np.bool_)

    def add(self, table: pa.Table, weights: NDArray[np.float64]) -> None:
        """Add the matrices of some events."""
        matrices = get_matrices(table)
        nothing, one = np.zeros_like(self.cells, np.float32), np.ones_like(self.cells, np.float32)
        self.cells += weights @ densify(matrices).astype(np.float64)
        presence = densify(matrices, scale=nothing, shift=one)
        self.filled_weight += weights @ presence.astype(np.float64)
        self.filled |= presence.any(axis=0)
        self.events += len(matrices)
        self.weight += float(weights.sum())

    def get_mean(self) -> NDArray[np.float64]:
        """Get the mean over all events, shape (D, D): absent cells count as 0, NaN if all are."""
        mean = self._divide(self.cells)
        return np.where(self.filled, mean, np.nan).reshape(self.layout.size, -1)

    def get_filled_share(self) -> NDArray[np.float64]:
        """Get the weighted share of the events that have each cell, shape (D, D)."""
        return self._divide(self.filled_weight).reshape(self.layout.size, -1)

    def _divide(self, sums: NDArray[np.float64]) -> NDArray[np.float64]:
        return sums / self.weight if self.weight > 0 else np.full_like(sums, np.nan)


def sum_channels(megasets: Sequence[Path], channels: Sequence[str]) -> dict[str, MatrixSum]:
    """Sum the matrices of each background channel, in one pass.

    Parameters
    ----------
    megasets
        Files with the columns `channel` and `weight`. Each is a fair sample of all events.
    channels
        Names of the channels.

    Returns
    -------
    dict
        By channel.
    """
    sums: dict[str, MatrixSum] = {}
    for path in megasets:
        for table in iterate_events(path, rows=ROWS_PER_BLOCK):
            layout = get_matrices(table.slice(0, 0)).layout
            for name in channels:
                chosen = table.filter(pc.equal(table["channel"], name))
                total = sums.setdefault(name, MatrixSum(layout))
                if chosen.num_rows:
                    total.add(chosen, chosen["weight"].to_numpy())
    return sums


def sum_signal(shards: Sequence[Path]) -> MatrixSum | None:
    """Sum the matrices of a signal.

    Parameters
    ----------
    shards
        Files with the columns `generator_weight` and `scale_factor`.

    Returns
    -------
    MatrixSum or None
        None without events.
    """
    total: MatrixSum | None = None
    for path in shards:
        for table in iterate_events(path, rows=ROWS_PER_BLOCK):
            total = total or MatrixSum(get_matrices(table.slice(0, 0)).layout)
            weights = table["generator_weight"].to_numpy() * table["scale_factor"].to_numpy()
            total.add(table, weights)
    return total


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
        Where to write what `rapidmass.figures.list_selection_figures` lists.
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
        colours = mpl.colormaps["viridis"].with_extremes(bad=ABSENT)
        shown = np.ma.masked_invalid(np.clip(mean, low, None))
        image = axes.imshow(shown, cmap=colours, norm=LogNorm(low, high), interpolation="none")
        _mark_slots(axes, layout)
        bar = figure.colorbar(image, cax=figure.add_axes((0.84, 0.1, 0.03, 0.756)), extend="both")
        unit = ", GeV where the cell has a unit" if layout.convention == "thesis" else ""
        bar.set_label(f"Mean of the cell over all events{unit}", fontsize=14)
        bar.ax.tick_params(labelsize=13)
        add_heading(axes, frame, f"{frame.get_label(group)}, simulated events: {total.events:,}")


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
