"""Checks of a classifier as figures."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from matplotlib.axes import Axes

from rapidmass.plotting.labels import add_corner, add_legend, stack_heading
from rapidmass.plotting.style import CHANNEL_COLOURS, Frame, leave_headroom, write_figure

COLOURS = {"background": "#3f90da", "signal": "#bd1f01"}
PLACE = (0.12, 0.12, 0.6, 0.84)
ROW = 0.26  # inches of a feature
CELL = 0.24
HEATMAP = 2.4  # inches of names and headings
LEAST = 1e-6  # of a bin, on a logarithmic axis

Found = Mapping[str, Any]


def draw_overtraining(frame: Frame, found: Found, output: Path) -> None:
    """Draw the scores of trained and unseen events of both classes."""
    measured = found["overtraining"]
    edges = np.array(measured["edges"])
    centres = (edges[1:] + edges[:-1]) / 2
    with write_figure(output, {**frame.describe(), **measured}) as figure:
        axes = figure.add_axes(PLACE)
        handles: list[Any] = []
        labels, top = [], 0.0
        for kind, groups in measured["classes"].items():
            colour = COLOURS[kind]
            handles.append(
                axes.stairs(groups["trained"]["values"], edges, fill=True, alpha=0.35, color=colour)
            )
            handles.append(
                axes.errorbar(
                    centres, groups["unseen"]["values"], groups["unseen"]["uncertainties"],
                    fmt="o", markersize=4, color=colour,
                )
            )  # fmt: skip
            labels += [f"{kind}, trained on", f"{kind}, unseen (p = {groups['p_value']:.2g})"]
            top = max(top, *groups["trained"]["values"], *groups["unseen"]["values"])
        leave_headroom(axes, 0, top)
        axes.set_xlabel("Logit")
        axes.set_ylabel("Share of the class in a bin")
        add_corner(axes, frame)
        add_legend(axes, handles, labels)


def draw_calibration(frame: Frame, found: Found, output: Path) -> None:
    """Draw the share of signal against the probability that the classifier gives."""
    measured = found["calibration"]
    columns = {
        key: np.array([entry[key] for entry in measured["bins"]])
        for key in ("predicted", "observed", "uncertainty")
    }
    with write_figure(output, {**frame.describe(), **measured}) as figure:
        axes = figure.add_axes(PLACE)
        axes.plot([0, 1], [0, 1], color="#808080", linestyle=":")
        axes.errorbar(
            columns["predicted"], columns["observed"], columns["uncertainty"],
            fmt="o-", color="#832db6", capsize=2,
        )  # fmt: skip
        axes.set_xlim(0, 1)
        axes.set_ylim(0, 1.4)
        axes.set_xlabel("Probability of signal, as the classifier gives it")
        axes.set_ylabel("Share of signal in the training weight")
        add_corner(axes, frame, f"calibration error {measured['error']:.3f}")


def draw_purity(frame: Frame, found: Found, output: Path) -> None:
    """Draw efficiencies, purity and significance against the threshold."""
    points = found["purity"]
    columns = {key: np.array([point[key] for point in points]) for key in (points or [{}])[0]}
    with write_figure(output, {**frame.describe(), "points": points}) as figure:
        axes = figure.add_axes(PLACE)
        add_corner(axes, frame)
        axes.set_xlabel("Threshold of the score")
        axes.set_ylabel("Efficiency, purity, and $Z$ relative to its maximum")
        if not points:
            axes.text(0.5, 0.4, "too few events", transform=axes.transAxes, ha="center")
            return
        z = columns["significance"]
        curves = {
            "signal efficiency": columns["signal_efficiency"],
            "background efficiency": columns["background_efficiency"],
            "purity": columns["purity"],
            f"Z / {z.max():.3g}": z / z.max() if z.max() > 0 else z,
        }
        handles = [
            axes.plot(columns["threshold"], values, color=CHANNEL_COLOURS[k], marker=".")[0]
            for k, values in enumerate(curves.values())
        ]
        leave_headroom(axes, 0, 1.02)
        add_legend(axes, handles, list(curves))


def draw_importance(frame: Frame, found: Found, output: Path) -> None:
    """Draw by how much the AUC falls without each feature, and shares of the score of trees."""
    entries = found["importance"][::-1]
    kinds = ["loss"] + ["contribution"] * ("contribution" in (entries or [{}])[0])
    texts = {
        "loss": "Fall of the AUC, shuffled",
        "contribution": "Mean |contribution| to the logit",
    }
    height = ROW * len(entries) + 2.2
    numbers = {**frame.describe(), "importance": found["importance"]}
    with write_figure(output, numbers, (10.5, height)) as figure:
        for k, kind in enumerate(kinds):
            width = 0.7 / len(kinds)
            axes = figure.add_axes(
                (0.25 + k * (width + 0.02), 0.9 / height, width - 0.02, 1 - 2.2 / height)
            )
            values = [entry[kind] for entry in entries]
            spread = [entry["loss_spread"] for entry in entries] if kind == "loss" else None
            axes.barh(range(len(entries)), values, xerr=spread, color="#94a4a2", capsize=2)
            names = [entry["feature"] for entry in entries]
            axes.set_yticks(range(len(entries)), [] if k else names, fontsize=11)
            axes.tick_params(axis="y", which="minor", left=False, right=False)
            axes.set_xlabel(texts[kind], fontsize=13)
            if k == 0:
                title = f"{frame.plots.experiment} {frame.plots.label}, {frame.architecture}"
                axes.set_title(title, fontsize=14, loc="left")


def draw_correlations(frame: Frame, found: Found, kind: str, output: Path) -> None:
    """Draw the correlations of features in one class."""
    measured = found["correlations"]
    names, matrix = measured["features"], np.array(measured[kind], dtype=np.float64)
    size = CELL * len(names) + HEATMAP
    numbers = {**frame.describe(), "class": kind, "features": names, "correlation": matrix}
    with write_figure(output, numbers, (size + 1.6, size)) as figure:
        share = CELL * len(names) / size
        axes = figure.add_axes((0.25, 0.2, share * size / (size + 1.6), share))
        image = axes.imshow(matrix, vmin=-1, vmax=1, cmap="RdBu_r")
        axes.set_xticks(range(len(names)), names, rotation=90)
        axes.set_yticks(range(len(names)), names)
        axes.tick_params(which="both", length=0, labelsize=10)
        bar = figure.colorbar(image, ax=axes)
        bar.ax.tick_params(labelsize=11)
        bar.set_label("Correlation", fontsize=13)
        stack_heading(axes, frame, f"{kind} events")


def draw_composition(frame: Frame, found: Found, output: Path) -> None:
    """Draw of which channels the background in bins of the score is."""
    bins = found["composition"]
    with write_figure(output, {**frame.describe(), "bins": bins}) as figure:
        axes = figure.add_axes(PLACE)
        bottom = np.zeros(len(bins))
        handles = []
        for name in frame.channels:
            shares = np.array([entry["channels"][name] or 0.0 for entry in bins])
            handles.append(
                axes.bar(range(len(bins)), shares, bottom=bottom, **frame.get_look(name))
            )
            bottom += shares
        words = [f"above {100 * entry['share']:g} %" for entry in bins]
        axes.set_xticks(range(len(bins)), words, fontsize=11)
        axes.tick_params(axis="x", which="minor", bottom=False, top=False)
        leave_headroom(axes, 0, 1)
        axes.set_xlabel("Bins of the score, by the share of the background below")
        axes.set_ylabel("Share of the channel")
        add_corner(axes, frame)
        add_legend(axes, handles, [frame.get_label(name) for name in frame.channels])


def draw_sculpting(frame: Frame, found: Found, variable: str, output: Path) -> None:
    """Draw the shape of the background in a variable behind cuts on the score."""
    measured = found["sculpting"][variable]
    edges = np.array(measured["edges"])
    numbers = {**frame.describe(), "variable": variable, **measured}
    with write_figure(output, numbers) as figure:
        axes = figure.add_axes(PLACE)
        axes.set_yscale("log")
        handles, labels = [], []
        for k, cut in enumerate(measured["cuts"]):
            handles.append(_draw_shape(axes, cut, edges, CHANNEL_COLOURS[k]))
            passing, moved = 100 * cut["background_efficiency"], 100 * cut["distance"]
            labels.append(f"{passing:g} % pass ({moved:.2g} % move)")
        shown = [v for cut in measured["cuts"] for v in cut["values"] if v > LEAST]
        leave_headroom(axes, min(shown, default=LEAST), max(shown, default=1.0))
        axes.set_xlabel(frame.get_label(variable))
        axes.set_ylabel("Share of the background in a bin")
        add_corner(axes, frame)
        add_legend(axes, handles, labels)


def _draw_shape(axes: Axes, cut: Found, edges: Any, colour: str) -> Any:  # noqa: ANN401
    values = np.array(cut["values"])
    shown = np.where(values > LEAST, values, np.nan)
    centres = (edges[1:] + edges[:-1]) / 2
    axes.errorbar(centres, shown, cut["uncertainties"], fmt="none", color=colour, alpha=0.6)
    return axes.stairs(shown, edges, baseline=None, color=colour, linewidth=1.6)
