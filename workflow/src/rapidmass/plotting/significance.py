"""Expected significance against the cut on MET."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from numpy.typing import NDArray

from rapidmass.plotting.labels import add_corner, add_legend, describe_cut
from rapidmass.plotting.spectra import AXIS_LABELS
from rapidmass.plotting.style import (
    Frame,
    choose_cut_colours,
    leave_headroom,
    write_figure,
)

CURVES = (
    "asimov", "asimov_uncertainty", "profiled", "profiled_uncertainty", "simple", "s", "b",
    "b_variance", "effective",
)  # fmt: skip
MARKERS = ("o", "s", "^", "D", "v", "P")


def draw_significance(frame: Frame, signal: str, scan: Mapping[str, Any], output: Path) -> None:
    """Draw the significance of a signal above each MET cut, one curve a cut on the score.

    Parameters
    ----------
    frame
        What figures have in common.
    signal
        Name of the signal.
    scan
        From `rapidmass.search.scan.scan_cuts`.
    output
        Where to write, without suffix.
    """
    colours = choose_cut_colours([cut["quantile"] for cut in scan["cuts"]])
    numbers = {
        **frame.describe(),
        "signal": signal,
        "cuts": [
            {
                "quantile": cut["quantile"],
                "threshold": cut["threshold"],
                "met": cut["met_scan"]["met"],
                **{name: cut["met_scan"][name] for name in CURVES},
            }
            for cut in scan["cuts"]
        ],
    }
    with write_figure(output, numbers) as figure:
        axes = figure.add_axes((0.12, 0.12, 0.62, 0.84))
        labels = [describe_cut(cut["quantile"], cut["threshold"]) for cut in scan["cuts"]]
        curves = [
            _draw_curve(axes, k, cut["met_scan"], colours[cut["quantile"]])
            for k, cut in enumerate(scan["cuts"])
        ]
        handles = [handle for handle, _ in curves]
        top = max(highest for _, highest in curves)
        handles += [Line2D([], [], color="black", linestyle="--", linewidth=1.2)]
        handles += [Line2D([], [], color="black", linestyle=":", linewidth=1.6)]
        labels += [r"$s/\sqrt{b}$ of each", "$b$ uncertain"]
        if top == 0:
            axes.text(0.5, 0.4, "no significance is defined", transform=axes.transAxes, ha="center")
        leave_headroom(axes, 0.0, 1.05 * top or 1.0)
        met = np.array(scan["cuts"][0]["met_scan"]["met"])
        axes.set_xlim(met[0], met[-1])
        axes.set_xlabel(rf"Lower cut on {AXIS_LABELS['met']}")
        axes.set_ylabel(r"Expected significance $Z$")
        add_corner(axes, frame, frame.get_label(signal))
        add_legend(axes, handles, labels)


def _draw_curve(
    axes: Axes, number: int, met_scan: Mapping[str, Any], colour: str
) -> tuple[Line2D, float]:
    """Draw one curve with its band; return its line, and the highest point (0 without any)."""
    curve = {name: _as_array(met_scan[name]) for name in CURVES}
    met, z, dz = np.array(met_scan["met"]), curve["asimov"], curve["asimov_uncertainty"]
    axes.fill_between(met, z - dz, z + dz, color=colour, alpha=0.22, linewidth=0)
    (line,) = axes.plot(
        met,
        z,
        color=colour,
        marker=MARKERS[number % len(MARKERS)],
        # the first curves are thicker, so that they show beneath others that coincide
        linewidth=max(4.4 - number, 1.4),
        markersize=max(10 - 1.6 * number, 4),
    )
    axes.plot(met, curve["simple"], color=colour, linestyle="--", linewidth=1.2)
    axes.plot(met, curve["profiled"], color=colour, linestyle=":", linewidth=1.6)
    shown = np.concatenate([[0.0], z + dz, curve["simple"]])
    return line, float(shown[np.isfinite(shown)].max())


def _as_array(values: list[float | None]) -> NDArray[np.float64]:
    return np.array([np.nan if value is None else value for value in values])
