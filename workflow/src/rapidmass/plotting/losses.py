"""Loss against epoch."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.ticker import MaxNLocator
from numpy.typing import NDArray

from rapidmass.plotting.labels import add_corner, add_legend
from rapidmass.plotting.style import Frame, leave_headroom, write_figure

EPOCH = "Epoch, over all megasets"
LOOKS: Mapping[str, Any] = MappingProxyType(
    {
        "training": {"color": "#0072b2", "marker": "o", "linestyle": "-"},
        "validation": {
            "color": "#d55e00",
            "marker": "s",
            "linestyle": "--",
            "markerfacecolor": "w",
        },
    }
)


def draw_losses(
    frame: Frame,
    epochs: Sequence[Mapping[str, Any]],
    output: Path,
    label: str = EPOCH,
) -> None:
    """Draw training and validation loss of a network, all megasets in sequence.

    Parameters
    ----------
    frame
        What figures have in common.
    epochs
        Records of the training's history, in order: `megaset`, `epoch`, `training_loss`,
        `validation_loss` (None where there is none).
    output
        Where to write, without suffix.
    label
        What a record is: an epoch, a tree.
    """
    step = np.arange(1, len(epochs) + 1)
    losses = {
        part: np.array([record[f"{part}_loss"] for record in epochs], dtype=np.float64)
        for part in LOOKS
    }
    megasets = [int(record["megaset"]) for record in epochs]
    borders = [k + 1.5 for k in range(len(epochs) - 1) if megasets[k] != megasets[k + 1]]
    numbers = {
        **frame.describe(),
        "step": step,
        "megaset": megasets,
        "epoch": [record["epoch"] for record in epochs],
        **{f"{part}_loss": loss for part, loss in losses.items()},
    }
    with write_figure(output, numbers) as figure:
        axes = figure.add_axes((0.12, 0.12, 0.62, 0.84))
        handles = [
            axes.plot(step, losses[part], markersize=6, **look)[0] for part, look in LOOKS.items()
        ]
        labels = [f"{part.capitalize()} loss" for part in LOOKS]
        for k, border in enumerate(borders):
            line = axes.axvline(border, ymax=0.7, color="#909090", linewidth=1, linestyle=":")
            if k == 0:
                handles.append(line)
                labels.append("Next megaset")
        axes.set_xlim(0.5, len(epochs) + 0.5)
        axes.xaxis.set_major_locator(MaxNLocator(integer=True))
        axes.xaxis.set_minor_locator(MaxNLocator(nbins=1, integer=True))
        axes.set_xlabel(label)
        axes.set_ylabel("Mean loss of an event")
        _set_range(axes, np.concatenate(list(losses.values())))
        add_corner(axes, frame)
        add_legend(axes, handles, labels)


def _set_range(axes: Axes, losses: NDArray[np.float64]) -> None:
    """Logarithmic where losses span more than a factor 5, with room for the corner label."""
    finite = losses[np.isfinite(losses)]
    low, high = (finite.min(), finite.max()) if finite.size else (0.0, 1.0)
    if low > 0 and high > 5 * low:
        axes.set_yscale("log")
        leave_headroom(axes, 0.8 * low, 1.2 * high)
    else:
        margin = 0.08 * (high - low) or max(abs(high), 1e-12)
        leave_headroom(axes, low - margin, high + margin)
