"""What every training finds of every signal, as a matrix."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import LogNorm, Normalize
from matplotlib.patches import Rectangle

from rapidmass.plotting.labels import stack_heading
from rapidmass.plotting.style import Frame, write_figure

CELL = 0.62, 0.36  # inches
MARGINS = 4.2, 3.4
DECADES = 2.0
QUANTITIES = {
    "auc": "AUC",
    "efficiency": "Signal efficiency [%]",
    "significance": "Expected significance $Z$ of the best cuts",
    "ratio": "Efficiency relative to the own training",
}
FACTORS = {"efficiency": 100.0}


def draw_matrix(frame: Frame, measured: Mapping[str, Any], quantity: str, output: Path) -> None:
    """Draw one quantity of every score and every signal.

    Parameters
    ----------
    frame
        What figures have in common.
    measured
        From `rapidmass.studies.trainings.measure.compare_trainings`.
    quantity
        One of `QUANTITIES`.
    output
        Where to write, without suffix.
    """
    rows, signals = measured["rows"], measured["signals"]
    values = np.array(
        [[row["cells"][signal][quantity] for signal in signals] for row in rows], dtype=np.float64
    ) * FACTORS.get(quantity, 1.0)
    width, height = (
        size * number + margin
        for size, number, margin in zip(CELL, values.T.shape, MARGINS, strict=True)
    )
    numbers = {
        **frame.describe(),
        "quantity": quantity,
        "signals": signals,
        "scores": [row["name"] for row in rows],
        "values": values,
    }
    with write_figure(output, numbers, (width, height)) as figure:
        place = (3.0 / width, 2.2 / height, 1 - 4.2 / width, 1 - 3.4 / height)
        axes = figure.add_axes(place)
        positive = values[values > 0]
        top = float(positive.max()) if positive.size else 1.0
        norm = (
            Normalize(0.5, 1.0, clip=True)
            if quantity == "auc"
            else LogNorm(top / 10**DECADES, top, clip=True)
        )
        axes.imshow(np.where(values > 0, values, np.nan), cmap="viridis", norm=norm, aspect="auto")
        _write_cells(axes, values, norm)
        for k, row in enumerate(rows):
            _frame_known(axes, k, [row["cells"][signal]["known"] for signal in signals])
        axes.set_xticks(range(len(signals)), map(frame.get_label, signals), rotation=90)
        axes.set_yticks(range(len(rows)), [frame.get_label(row["name"]) for row in rows])
        axes.tick_params(which="both", length=0, labelsize=11)
        share = 100 * measured["background_efficiency"]
        behind = "" if quantity in ("auc", "significance") else f" at {share:g} % of the background"
        stack_heading(axes, frame, QUANTITIES[quantity] + behind)


def _write_cells(
    axes: Axes, values: np.ndarray[Any, np.dtype[np.float64]], norm: Normalize
) -> None:
    for (row, column), value in np.ndenumerate(values):
        known = np.isfinite(value)
        axes.text(
            column, row, f"{value:.2g}" if known else "–", ha="center", va="center", fontsize=9,
            color="white" if known and norm(max(value, norm.vmin or 0.0)) < 0.5 else "black",
        )  # fmt: skip


def _frame_known(axes: Axes, row: int, known: list[bool]) -> None:
    """Put frames around the signals that a training was told of."""
    for column in np.flatnonzero(known):
        frame = Rectangle(
            (column - 0.5, row - 0.5), 1, 1, fill=False, edgecolor="#d6006c", linewidth=1.6
        )
        axes.add_patch(frame)
