"""How scores and efficiencies spread over trainings with other seeds."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from numpy.typing import NDArray

from rapidmass.plotting.labels import add_corner, add_legend
from rapidmass.plotting.style import Frame, leave_headroom, write_figure

PLACE = (0.12, 0.12, 0.6, 0.84)
BACKGROUND: Mapping[str, Any] = {"color": "#6b7280", "linestyle": "-"}
LIGHT, DARK = 0.18, 0.38
DECADES = 4.0


def draw_bands(frame: Frame, scorer: str, measured: Mapping[str, Any], output: Path) -> None:
    """Draw the normalised distribution of a score with its spread over replicas.

    Parameters
    ----------
    frame
        What figures have in common.
    scorer
        Name of the score.
    measured
        From `rapidmass.studies.seeds.measure.measure_seeds`.
    output
        Where to write, without suffix.
    """
    own = replace(frame, architecture=scorer)
    edges = np.array(measured["edges"])
    shapes = {"background": measured["background"]["shape"]}
    shapes |= {name: found["shape"] for name, found in measured["signals"].items()}
    numbers = {**own.describe(), "edges": edges, "shapes": shapes}
    with write_figure(output, numbers) as figure:
        axes = figure.add_axes(PLACE)
        tops = []
        for name, shape in shapes.items():
            colour = _get_look(frame, name)["color"]
            mean, spread, low, high = _read_bins(shape)
            for bottom, top, alpha in ((low, high, LIGHT), (mean - spread, mean + spread, DARK)):
                axes.stairs(
                    top, edges, baseline=np.maximum(bottom, 1e-12), fill=True, color=colour,
                    alpha=alpha, linewidth=0,
                )  # fmt: skip
            axes.stairs(np.maximum(mean, 1e-12), edges, baseline=None, linewidth=1.8,
                        **_get_look(frame, name))  # fmt: skip
            tops.append(float(high.max(initial=0.0)))
        axes.set_yscale("log")
        leave_headroom(axes, 10**-DECADES, 1.5 * (max(tops) or 1.0), 0.28)
        axes.set_xlim(edges[0], edges[-1])
        axes.set_xlabel("Anomaly score")
        axes.set_ylabel("Share of events in a bin")
        add_corner(axes, own, f"{measured['replicas']} trainings")
        _add_band_legend(axes, frame, list(shapes))


def draw_curves(frame: Frame, scorer: str, measured: Mapping[str, Any], output: Path) -> None:
    """Draw signal efficiency against background efficiency with its spread over replicas.

    Parameters
    ----------
    frame
        What figures have in common.
    scorer
        Name of the score.
    measured
        From `rapidmass.studies.seeds.measure.measure_seeds`.
    output
        Where to write, without suffix.
    """
    own = replace(frame, architecture=scorer)
    shares = np.array(measured["roc_efficiencies"])
    curves = {name: found["roc"] for name, found in measured["signals"].items()}
    numbers = {**own.describe(), "background_efficiency": shares, "signal_efficiency": curves}
    with write_figure(output, numbers) as figure:
        axes = figure.add_axes(PLACE)
        for name, curve in curves.items():
            look = _get_look(frame, name)
            mean, spread, low, high = _read_bins(curve)
            axes.fill_between(shares, low, high, color=look["color"], alpha=LIGHT, linewidth=0)
            axes.fill_between(
                shares, mean - spread, mean + spread, color=look["color"], alpha=DARK, linewidth=0
            )
            axes.plot(shares, mean, linewidth=1.8, **look)
        (chance,) = axes.plot(shares, shares, color="#303030", linestyle=(0, (1, 2)), linewidth=1.2)
        axes.set_xscale("log")
        axes.set_xlim(shares[0], shares[-1])
        leave_headroom(axes, 0.0, 1.0, 0.25)
        axes.set_yticks(np.linspace(0, 1, 6))  # no efficiency is above 1
        axes.set_xlabel("Background efficiency")
        axes.set_ylabel("Signal efficiency")
        add_corner(axes, own, f"{measured['replicas']} trainings")
        _add_band_legend(axes, frame, list(curves), chance)


def _get_look(frame: Frame, name: str) -> dict[str, Any]:
    return dict(BACKGROUND) if name == "background" else frame.get_line(name)


def _read_bins(summaries: Sequence[Mapping[str, Any]]) -> list[NDArray[np.float64]]:
    """Mean, spread, lowest and highest; NaN where they are not defined."""
    return [
        np.array([np.nan if bin_[key] is None else bin_[key] for bin_ in summaries], np.float64)
        for key in ("mean", "spread", "low", "high")
    ]


def _add_band_legend(
    axes: Axes, frame: Frame, names: Sequence[str], chance: Line2D | None = None
) -> None:
    handles: list[Any] = [Line2D([], [], linewidth=2.2, **_get_look(frame, n)) for n in names]
    labels = ["Background" if n == "background" else frame.get_label(n) for n in names]
    handles += [Patch(color="#404040", alpha=DARK + LIGHT), Patch(color="#404040", alpha=LIGHT)]
    labels += ["± standard deviation", "lowest to highest"]
    if chance is not None:
        handles.append(chance)
        labels.append("No separation")
    add_legend(axes, handles, labels)
