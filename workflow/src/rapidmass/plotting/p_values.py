"""P-values of all features in which data are compared with simulation."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import matplotlib as mpl
import numpy as np

from rapidmass.plotting.labels import add_corner, add_heading, add_legend
from rapidmass.plotting.style import SQUARE, Frame, write_figure
from rapidmass.representations.rmm.layout import Layout

P_VALUES = "p_values"
MAP = "p_value_map"
TESTS = {"shape": "χ² of the shape", "ks": "Kolmogorov–Smirnov", "presence": "Share of events"}
LOOKS = (("#3f90da", "-"), ("#bd1f01", "--"), ("#717581", ":"))
P_BINS = np.linspace(0.0, 1.0, 11)
LOWEST = 1e-4  # what the pseudo-experiments resolve


def list_p_values(layout: Layout, features: Sequence[Mapping[str, Any]], test: str) -> list[float]:
    """List the p-values of a test.

    Parameters
    ----------
    layout
        Layout of the matrix.
    features
        Of the comparison.
    test
        A key of `TESTS`.

    Returns
    -------
    list of float
        Of the features that could be tested. Of cells that the same objects fill, only one counts
        for the share of events that have them.
    """
    chosen = features
    if test == "presence":
        names = np.array(layout.cell_names).reshape(layout.size, -1)
        upper = set(names[np.triu_indices(layout.size)].tolist())
        chosen = [f for f in features if f["name"] in upper and not f["name"].startswith("mT_")]
    found = [f[test]["p_value"] for f in chosen if f[test] is not None]
    return [p_value for p_value in found if p_value is not None]


def draw_p_values(
    frame: Frame, layout: Layout, features: Sequence[Mapping[str, Any]], output: Path
) -> None:
    """Draw how the p-values of all features are distributed.

    Parameters
    ----------
    frame
        What figures have in common, with the luminosity of data.
    layout
        Layout of the matrix.
    features
        Of the comparison.
    output
        Where to write, without suffix.
    """
    counted = {
        test: np.histogram(list_p_values(layout, features, test), P_BINS)[0] for test in TESTS
    }
    with write_figure(output, {**frame.describe(), "edges": P_BINS, "tests": counted}) as figure:
        axes = figure.add_axes((0.12, 0.12, 0.6, 0.84))
        handles, labels = [], []
        for (colour, line), (test, counts) in zip(LOOKS, counted.items(), strict=True):
            handles.append(
                axes.stairs(
                    counts, P_BINS, color=colour, linewidth=2.2, linestyle=line, baseline=None
                )
            )
            labels.append(f"{TESTS[test]}: {counts.sum()} features")
            axes.axhline(counts.mean(), color=colour, linewidth=1, linestyle=line, alpha=0.5)
        top = max(int(counts.max()) for counts in counted.values())
        axes.set_ylim(0, 1.5 * max(top, 1))
        axes.set_xlim(0, 1)
        axes.set_xlabel("p-value")
        axes.set_ylabel("Features / 0.1")
        add_corner(axes, frame, "thin lines: expected of agreement", status=frame.plots.data_status)
        add_legend(axes, handles, labels)


def draw_map(
    frame: Frame, layout: Layout, features: Sequence[Mapping[str, Any]], output: Path
) -> None:
    """Draw the p-value of each cell at its place in the matrix.

    Parameters
    ----------
    frame
        What figures have in common.
    layout
        Layout of the matrix.
    features
        Of the comparison.
    output
        Where to write, without suffix.
    """
    values = np.full(layout.n_cells, np.nan)
    for feature in features:
        if feature["kind"] == "cell" and feature["p_value"] is not None:
            values[layout.find_cell(feature["name"])] = feature["p_value"]
    grid = values.reshape(layout.size, layout.size)
    with write_figure(
        output, {**frame.describe(), "p_values": grid, "slots": layout.slots}, SQUARE
    ) as figure:
        axes = figure.add_axes((0.12, 0.1, 0.7, 0.756))
        colours = mpl.colormaps["magma"].with_extremes(bad="#c8d4dc")
        shown = np.ma.masked_invalid(np.log10(np.clip(grid, LOWEST, 1.0)))
        image = axes.imshow(
            shown, cmap=colours, vmin=np.log10(LOWEST), vmax=0, interpolation="none"
        )
        bar = figure.colorbar(image, cax=figure.add_axes((0.84, 0.1, 0.03, 0.756)), extend="min")
        bar.set_label(r"$\log_{10}$ of the $p$-value", fontsize=14)
        bar.ax.tick_params(labelsize=13)
        places = np.arange(layout.size)
        axes.set_xticks(places, layout.slots, rotation=90, fontsize=11)
        axes.set_yticks(places, layout.slots, fontsize=11)
        axes.minorticks_off()
        axes.tick_params(length=0)
        for edge in np.cumsum([0.5, *layout.types.values()]):
            axes.axhline(edge, color="white", linewidth=0.8)
            axes.axvline(edge, color="white", linewidth=0.8)
        data = frame.plots.model_copy(update={"label": frame.plots.data_status})
        add_heading(axes, replace(frame, plots=data), "Agreement of each cell; pale: no test")
