"""Rejection against efficiency, and by bins of a variable."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from rapidmass.plotting.labels import add_heading, add_legend
from rapidmass.plotting.style import CHANNEL_COLOURS, Frame, write_figure

_PLACE: Final = (0.12, 0.12, 0.6, 0.78)
_MARKERS: Final = ("o", "s", "^", "D", "v", "P", "X")


def draw_curves(frame: Frame, pair: Mapping[str, Any], output: Path) -> None:
    """Draw the rejection of a channel against the efficiency for a signal, a line a tagger.

    Parameters
    ----------
    frame
        What figures have in common.
    pair
        Of `rapidmass.studies.taggers.measure.measure_taggers`.
    output
        Where to write, without suffix.
    """
    curves = {name: _read_curve(one["curve"]) for name, one in pair["taggers"].items()}
    with write_figure(output, {**frame.describe(), **pair}) as figure:
        axes = figure.add_axes(_PLACE)
        axes.set_yscale("log")
        lines = []
        for k, (share, rejection, low, high) in enumerate(curves.values()):
            colour = CHANNEL_COLOURS[k % len(CHANNEL_COLOURS)]
            axes.fill_between(share, low, high, color=colour, alpha=0.2, linewidth=0)
            lines += axes.plot(share, rejection, color=colour)
        axes.set_xlim(0.3, 1)
        axes.set_ylim(bottom=1)
        axes.set_xlabel("Signal efficiency")
        axes.set_ylabel("Background rejection (1 / efficiency)")
        add_heading(axes, frame, _name_pair(frame, pair))
        add_legend(axes, lines, [frame.get_label(name) for name in curves])


def draw_bins(
    frame: Frame, measured: Mapping[str, Any], pair: Mapping[str, Any], output: Path
) -> None:
    """Draw the rejection of a channel at the efficiency of the study, by bins.

    Parameters
    ----------
    frame
        What figures have in common.
    measured
        From `rapidmass.studies.taggers.measure.measure_taggers`.
    pair
        One of its pairs.
    output
        Where to write, without suffix.
    """
    edges = np.array(measured["edges"])
    middle, half = (edges[1:] + edges[:-1]) / 2, np.diff(edges) / 2
    variable = measured["variable"]
    label = frame.plots.variable_labels.get(variable, variable)
    with write_figure(output, {**frame.describe(), **pair}) as figure:
        axes = figure.add_axes(_PLACE)
        axes.set_yscale("log")
        points = []
        names = list(pair["taggers"])
        for k, name in enumerate(names):
            bins = pair["taggers"][name]["bins"][1:]
            value, low, high = (_read(bins, key) for key in ("rejection", "low", "high"))
            shift = half * 0.8 * ((k + 0.5) / len(names) * 2 - 1)  # beside each other
            points.append(
                axes.errorbar(
                    middle + shift, value, yerr=np.abs([value - low, high - value]), linestyle="",
                    marker=_MARKERS[k % len(_MARKERS)],
                    color=CHANNEL_COLOURS[k % len(CHANNEL_COLOURS)],
                )
            )  # fmt: skip
        for edge in edges:
            axes.axvline(edge, color="#d0d0d0", linewidth=0.8)
        axes.set_xlim(edges[0], edges[-1])
        axes.set_xlabel(label)
        axes.set_ylabel("Background rejection (1 / efficiency)")
        share = f"{100 * measured['efficiency']:g} % of the signal"
        add_heading(axes, frame, f"{_name_pair(frame, pair)}, at {share}")
        add_legend(axes, points, [frame.get_label(name) for name in names])


def _name_pair(frame: Frame, pair: Mapping[str, Any]) -> str:
    return f"{frame.get_label(pair['signal'])} against {frame.get_label(pair['channel'])}"


def _read(bins: list[Mapping[str, Any]], key: str) -> NDArray[np.float64]:
    return np.array([one[key] for one in bins], dtype=np.float64)


def _read_curve(rows: list[list[float | None]]) -> NDArray[np.float64]:
    return np.array(rows, dtype=np.float64).reshape(-1, 4).T
