"""What systematic variations do to the distribution of a score."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from numpy.typing import NDArray

from rapidmass.plotting.labels import add_corner, add_legend
from rapidmass.plotting.scores import XLABEL
from rapidmass.plotting.stacks import draw_band
from rapidmass.plotting.style import CHANNEL_COLOURS, SIGNAL_LINES, Frame, write_figure
from rapidmass.statistics.weighted_events import count_effective

SHOWN_EFFECTIVE_EVENTS = 10.0  # in a bin; changes of fewer are chance
LEAST_RANGE, LARGEST_RANGE = 0.01, 1.0


def draw_shifts(frame: Frame, scan: Mapping[str, Any], output: Path) -> None:
    """Draw the relative change of the background by each variation, in bins of the score.

    Parameters
    ----------
    frame
        What figures have in common.
    scan
        From `rapidmass.search.scan.scan_cuts`, with shifts. The background is that of every signal.
    output
        Where to write, without suffix.
    """
    score = scan["score"]
    edges, varied = np.array(score["edges"]), score["systematics"]["background"]
    values, variances = (np.array(score["background"][kind]) for kind in ("values", "variances"))
    shown = (values > 0) & (count_effective(values, variances) >= SHOWN_EFFECTIVE_EVENTS)

    def relate(bins: Any) -> NDArray[np.float64]:  # noqa: ANN401
        content, empty = np.asarray(bins, dtype=np.float64), np.full(len(values), np.nan)
        return np.asarray(np.divide(content, values, out=empty, where=shown))

    shifts = {name: relate(bins) for name, bins in varied["shifts"].items()}
    total, statistical = relate(varied["total"]), relate(np.sqrt(variances))
    numbers = {
        **frame.describe(),
        "edges": edges,
        "sources": scan["shifts"],
        "shifts": shifts,
        "total": total,
        "statistical": statistical,
    }
    with write_figure(output, numbers) as figure:
        axes = figure.add_axes((0.12, 0.12, 0.6, 0.84))
        handles = [draw_band(axes, edges, np.where(shown, 0.0, np.nan), statistical)]
        labels = ["MC stat., nominal"]
        for k, (name, relative) in enumerate(shifts.items()):
            look: dict[str, Any] = {
                "color": CHANNEL_COLOURS[k % len(CHANNEL_COLOURS)],
                "linestyle": SIGNAL_LINES[k // len(CHANNEL_COLOURS) % len(SIGNAL_LINES)],
            }
            handles.append(axes.stairs(relative, edges, baseline=None, linewidth=1.8, **look))
            labels.append(name.replace("_", " "))
        for sign in (1, -1):
            envelope = axes.stairs(
                sign * total, edges, baseline=None, color="black", linewidth=1.2, linestyle="--"
            )
        handles.append(envelope)
        labels.append("all, in quadrature")
        axes.axhline(0.0, color="black", linewidth=0.8)
        _set_range(axes, edges, total)
        axes.set_xlabel(XLABEL)
        axes.set_ylabel("Relative change of the background")
        add_corner(axes, frame)
        add_legend(axes, handles, labels)


def _set_range(axes: Axes, edges: NDArray[np.float64], total: NDArray[np.float64]) -> None:
    """Show the bins that are drawn, and leave room for the corner label."""
    drawn = np.flatnonzero(np.isfinite(total))
    if drawn.size:
        axes.set_xlim(edges[drawn[0]], edges[drawn[-1] + 1])
    highest = total[drawn].max(initial=0.0)
    height = float(np.clip(1.2 * highest, LEAST_RANGE, LARGEST_RANGE))
    axes.set_ylim(-height, 1.8 * height)
