"""Channels that a network never saw: where their scores lie, and how well they are found."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from numpy.typing import NDArray

from rapidmass.plotting.panels import EDGES, add_panels, add_title, find_size
from rapidmass.plotting.style import Frame, write_figure
from rapidmass.report.formatting import write_measurement

DECADES = 4.5
REST = "#b5bbc3"
KINDS = ("without", "full")


def draw_shapes(frame: Frame, network: str, channels: Mapping[str, Any], output: Path) -> None:
    """Draw the scores of each channel by the network that was trained without it.

    Parameters
    ----------
    frame
        What figures have in common.
    network
        Name of the network: its first score is drawn.
    channels
        From `rapidmass.studies.channel_removal.measure.measure_removal`, by channel.
    output
        Where to write, without suffix.
    """
    numbers = {**frame.describe(), "architecture": network, "channels": channels}
    with write_figure(output, numbers, find_size(len(channels))) as figure:
        panels = add_panels(figure, len(channels))
        ends = []
        for axes, (name, content) in zip(panels, channels.items(), strict=True):
            found = content["scorers"][network]
            _draw_panel(axes, found)
            _write_numbers(axes, frame.get_label(name), content, found)
            ends.append((found["edges"][0], found["edges"][-1]))
        for axes in panels:
            axes.set_xlim(min(low for low, _ in ends), max(high for _, high in ends))
            axes.set_yscale("log")
            axes.set_ylim(10**-DECADES, 300.0)
        figure.text(
            0.5, 0.12 / figure.get_size_inches()[1], "Anomaly score", ha="center", fontsize=16
        )
        figure.text(
            0.1 / figure.get_size_inches()[0], 0.5, "Share of events in a bin", va="center",
            rotation=90, fontsize=16,
        )  # fmt: skip
        add_title(figure, replace(frame, architecture=network, luminosity=0.0))
        handles = [
            Patch(facecolor=REST, edgecolor="#606060"),
            Line2D([], [], color="#bd1f01", linewidth=2.2),
            Line2D([], [], color="#1f3fbf", linewidth=1.6, linestyle="--"),
        ]
        labels = ["Rest of the background", "Channel, not trained on", "Channel, trained on"]
        right = 1 - EDGES["right"] / figure.get_size_inches()[0]
        _add_legend_below(figure, handles, labels, right)


def _add_legend_below(figure: Any, handles: Any, labels: list[str], right: float) -> None:  # noqa: ANN401
    figure.legend(
        handles, labels, loc="upper right", bbox_to_anchor=(right, 0.0), ncols=3, fontsize=13,
        borderaxespad=0.0,
    )  # fmt: skip


def _normalise(bins: Mapping[str, Any]) -> NDArray[np.float64]:
    values = np.array(bins["values"], dtype=np.float64)
    total = values.sum()
    shares = values / total if total > 0 else np.zeros_like(values)
    return np.maximum(shares, 1e-12)  # logarithmic axes have no room for what is not positive


def _draw_panel(axes: Axes, found: Mapping[str, Any]) -> None:
    edges = np.array(found["edges"])
    shapes = found["without"]["shapes"]
    axes.stairs(
        _normalise(shapes["rest"]), edges, fill=True, facecolor=REST, edgecolor="#606060",
        baseline=1e-12,
    )  # fmt: skip
    before = found["full"]["shapes"]["removed"]
    axes.stairs(
        _normalise(before), edges, color="#1f3fbf", linewidth=1.6, linestyle="--", baseline=None
    )
    axes.stairs(_normalise(shapes["removed"]), edges, color="#bd1f01", linewidth=2.2, baseline=None)


def _write_numbers(
    axes: Axes, label: str, content: Mapping[str, Any], found: Mapping[str, Any]
) -> None:
    removed = content["removed"]
    noun = "event" if removed["events"] == 1 else "events"
    counts = f"{removed['events']:,} {noun}, {removed['effective']:,.0f} effective"
    if found["without"]["auc"] is None:
        text = f"{counts}: no AUC"
    else:
        full = write_auc(found["full"], short=True)
        text = f"AUC {write_auc(found['without'])}, trained on {full}\n{counts}"
    options: dict[str, Any] = {"transform": axes.transAxes, "va": "top"}
    axes.text(0.07, 0.95, label, fontsize=14, weight="bold", **options)
    axes.text(0.07, 0.83, text, fontsize=11, linespacing=1.3, **options)


def write_auc(measured: Mapping[str, Any], *, short: bool = False) -> str:
    """Write an AUC for a figure.

    Parameters
    ----------
    measured
        From `rapidmass.search.separation.measure_separation`.
    short
        Whether to leave out the uncertainty.

    Returns
    -------
    str
        With its uncertainty, or three digits behind the point; `undefined` where there is none.
    """
    if not short or measured["auc"] is None:
        return write_measurement(measured["auc"], measured["auc_uncertainty"])
    return f"{measured['auc']:.3f}"


def draw_map(
    frame: Frame,
    groups: Sequence[Mapping[str, Any]],
    minimum_effective_events: float,
    output: Path,
) -> None:
    """Draw the AUC of every channel with every score as a map.

    Parameters
    ----------
    frame
        What figures have in common.
    groups
        For each network and baseline what
        `rapidmass.studies.channel_removal.measure.measure_removal` gives, by channel.
    minimum_effective_events
        Channels with fewer get a star.
    output
        Where to write, without suffix.
    """
    channels = list(groups[0])
    reliable = {
        name: content["removed"]["effective"] >= minimum_effective_events
        for name, content in groups[0].items()
    }
    aucs = {
        scorer: {
            name: {kind: group[name]["scorers"][scorer].get(kind, {}).get("auc") for kind in KINDS}
            for name in channels
        }
        for group in groups
        for scorer in group[channels[0]]["scorers"]
    }
    numbers = {**frame.describe(), "architecture": None, "auc": aucs, "reliable": reliable}
    size = (2.6 + 1.75 * len(aucs), 2.2 + 0.62 * len(channels))
    with write_figure(output, numbers, size) as figure:
        width, height = size
        axes = figure.add_axes((1.6 / width, 1.4 / height, 1 - 1.9 / width, 1 - 2.1 / height))
        shades = mpl.colormaps["RdBu_r"]
        for column, found_by in enumerate(aucs.values()):
            for row, channel in enumerate(channels):
                found = found_by[channel]
                shown = next((found[kind] for kind in KINDS if found[kind] is not None), None)
                colour = "#e6e6e6" if shown is None else shades(float(np.clip(shown, 0, 1)))
                axes.add_patch(mpl.patches.Rectangle((column, row), 1, 1, color=colour, ec="w"))
                _write_cell(axes, (column + 0.5, row + 0.5), found, shown, reliable[channel])
        axes.set_xlim(0, len(aucs))
        axes.set_ylim(len(channels), 0)
        axes.set_xticks(np.arange(len(aucs)) + 0.5, list(aucs), rotation=35, ha="right")
        axes.set_yticks(np.arange(len(channels)) + 0.5, [frame.get_label(c) for c in channels])
        axes.tick_params(which="both", length=0, labelsize=13)
        axes.minorticks_off()
        add_title(figure, replace(frame, architecture=None, luminosity=0.0))


def _write_cell(
    axes: Axes,
    place: tuple[float, float],
    found: Mapping[str, float | None],
    shown: float | None,
    reliable: bool,
) -> None:
    mark = "" if reliable else "*"
    text = "undefined" if shown is None else f"{shown:.2f}{mark}"
    if found["without"] is not None and found["full"] is not None:
        change = round(found["without"] - found["full"], 2) + 0.0  # no minus sign before a 0
        text += f"  ({change:+.2f})".replace("-", "−")
    dark = shown is not None and abs(shown - 0.5) > 0.33
    axes.text(
        *place, text, ha="center", va="center", fontsize=13,
        color="white" if dark else "black",
        style="normal" if reliable else "italic",
    )  # fmt: skip
