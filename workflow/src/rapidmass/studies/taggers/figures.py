"""Rejection against efficiency, and by bins of a variable."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np
from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from numpy.typing import NDArray

from rapidmass.plotting.labels import add_heading, add_legend
from rapidmass.plotting.style import BAND, CHANNEL_COLOURS, Frame, write_figure
from rapidmass.studies.taggers.labels import label_tagger, split_name

_PLACE: Final = (0.12, 0.12, 0.6, 0.78)
_FAINT: Final = 0.25
_THICK: Final = 7  # points
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
        lines: list[Any] = []
        for name, (share, rejection, low, high) in curves.items():
            colour = _get_colour(pair, name)
            axes.fill_between(share, low, high, color=colour, alpha=_FAINT, linewidth=0)
            line = "--" if split_name(name)[1] else "-"
            lines += axes.plot(share, rejection, color=colour, linestyle=line)
            if seeds := pair["taggers"][name]["seeds"]:
                shares, mean, spread = np.array(seeds["curve"], np.float64).reshape(-1, 3).T
                ends = (mean - spread, mean + spread)
                axes.fill_between(shares, *ends, **{**BAND, "edgecolor": colour})
        axes.set_xlim(0.3, 1)
        axes.set_ylim(bottom=1)
        axes.set_xlabel("Signal efficiency")
        axes.set_ylabel("Background rejection (1 / efficiency)")
        add_heading(axes, frame, _name_pair(frame, pair))
        _add_legend(axes, frame, pair, lines)


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
        points: list[Any] = []
        names = list(pair["taggers"])
        for k, name in enumerate(names):
            bins = pair["taggers"][name]["bins"][1:]
            value, low, high = (_read(bins, key) for key in ("rejection", "low", "high"))
            shift = half * 0.8 * ((k + 0.5) / len(names) * 2 - 1)  # beside each other
            points.append(
                axes.errorbar(
                    middle + shift, value, yerr=np.abs([value - low, high - value]), linestyle="",
                    marker=_MARKERS[k % len(_MARKERS)],
                    color=_get_colour(pair, name),
                    fillstyle="none" if split_name(name)[1] else "full",
                )
            )  # fmt: skip
            if seeds := pair["taggers"][name]["seeds"]:
                mean, spread = (_read(seeds["bins"][1:], key) for key in ("mean", "spread"))
                axes.vlines(
                    middle + shift, mean - spread, mean + spread, linewidth=_THICK, alpha=_FAINT,
                    color=_get_colour(pair, name),
                )  # fmt: skip
        for edge in edges:
            axes.axvline(edge, color="#d0d0d0", linewidth=0.8)
        axes.set_xlim(edges[0], edges[-1])
        axes.set_xlabel(label)
        axes.set_ylabel("Background rejection (1 / efficiency)")
        share = f"{100 * measured['efficiency']:g} % of the signal"
        add_heading(axes, frame, f"{_name_pair(frame, pair)}, at {share}")
        _add_legend(axes, frame, pair, points, thick=True)


def _add_legend(
    axes: Axes,
    frame: Frame,
    pair: Mapping[str, Any],
    handles: Sequence[Any],
    *,
    thick: bool = False,
) -> None:
    """Name taggers; where some have several seeds, say which band is of the jets."""
    labels = [label_tagger(frame, name) for name in pair["taggers"]]
    if not any(one["seeds"] for one in pair["taggers"].values()):
        add_legend(axes, handles, labels)
        return
    faint = Patch(color="#404040", alpha=_FAINT)
    of_jets = Line2D([], [], color="#404040", linewidth=1.5) if thick else faint
    of_seeds = faint if thick else Patch(**BAND)
    labels += ["68.3 % interval of the jets", "± standard deviation over seeds"]
    add_legend(axes, [*handles, of_jets, of_seeds], labels)


def _get_colour(pair: Mapping[str, Any], name: str) -> str:
    """Get the colour of a tagger, whatever it was trained on."""
    own = list(dict.fromkeys(split_name(one)[0] for one in pair["taggers"]))
    return CHANNEL_COLOURS[own.index(split_name(name)[0]) % len(CHANNEL_COLOURS)]


def _name_pair(frame: Frame, pair: Mapping[str, Any]) -> str:
    return f"{frame.get_label(pair['signal'])} against {frame.get_label(pair['channel'])}"


def _read(bins: list[Mapping[str, Any]], key: str) -> NDArray[np.float64]:
    return np.array([one[key] for one in bins], dtype=np.float64)


def _read_curve(rows: list[list[float | None]]) -> NDArray[np.float64]:
    return np.array(rows, dtype=np.float64).reshape(-1, 4).T
