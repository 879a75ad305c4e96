"""All scores beside each other: expected significances, and ROC curves."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from numpy.typing import NDArray

from rapidmass.plotting.labels import add_corner, add_legend, format_energy, format_luminosity
from rapidmass.plotting.names import SIGNIFICANCES, name_roc
from rapidmass.plotting.style import CHANNEL_COLOURS, Frame, write_figure

MARKERS = ("o", "s", "^", "D", "v", "P", "X", "<", ">", "p")
ROW = 0.17  # inches of a score in a signal's row
MARGINS = 1.8  # inches above and below the axes together
LEAST = 1e-4  # of the axis of significances

COLOURS = CHANNEL_COLOURS[:11]  # the lightest is hard to see as a line

Scans = Mapping[str, Mapping[str, Mapping[str, Any]]]


def draw_comparison(
    folder: Path, frame: Frame, scans: Scans, fits: Scans, baselines: Sequence[str]
) -> None:
    """Draw the significances of all signals by all scores, and the ROC curves of each signal.

    Parameters
    ----------
    folder
        Where to write.
    frame
        What figures have in common.
    scans
        From `rapidmass.search.scan.scan_cuts`, by signal and score.
    fits
        From `rapidmass.search.fit.fit_signal`, by signal and score; may be empty.
    baselines
        The scores that no network gives.
    """
    draw_significances(frame, scans, fits, baselines, folder / SIGNIFICANCES)
    for signal, by_score in scans.items():
        draw_roc(frame, signal, by_score, baselines, folder / name_roc(signal))


def draw_significances(
    frame: Frame, scans: Scans, fits: Scans, baselines: Sequence[str], output: Path
) -> None:
    """Draw the expected significance of each signal by each score.

    Parameters
    ----------
    frame
        What figures have in common.
    scans, fits
        By signal and score; `fits` may be empty.
    baselines
        The scores that no network gives.
    output
        Where to write, without suffix.
    """
    scorers = list(dict.fromkeys(name for by_score in scans.values() for name in by_score))
    panels = {"best cuts on score and MET": {s: _read_cuts(scans[s]) for s in scans}}
    if fits:
        panels["fit"] = {s: _read_fits(fits[s]) for s in scans}
    numbers = {**frame.describe(), "significances": panels}
    height = max(ROW * (len(scorers) + 1) * len(scans), 2.5)
    with write_figure(output, numbers, (10.5, height + MARGINS)) as figure:
        bottom, share = 0.5 * MARGINS / (height + MARGINS), height / (height + MARGINS)
        width = 0.62 / len(panels) - 0.02
        axes = [
            figure.add_axes((0.14 + k * (width + 0.02), bottom, width, share))
            for k in range(len(panels))
        ]
        looks = _choose_looks(scorers, baselines)
        for one, (title, found) in zip(axes, panels.items(), strict=True):
            _draw_panel(one, list(scans), scorers, found, looks)
            one.set_xlabel(r"Expected significance $Z$")
            one.text(0.03, 1 + 0.06 / height, title, transform=one.transAxes, fontsize=13)
        axes[0].set_yticks(
            [-k * (len(scorers) + 1) for k in range(len(scans))],
            [frame.get_label(signal) for signal in scans],
            fontsize=13,
        )
        for one in axes[1:]:
            one.set_yticks(axes[0].get_yticks(), [])
        label = (0.14, bottom + share + 0.45 / (height + MARGINS))
        _write_heading(figure, frame, label)
        add_legend(axes[-1], *_make_legend(looks))


def draw_roc(
    frame: Frame,
    signal: str,
    scans: Mapping[str, Mapping[str, Any]],
    baselines: Sequence[str],
    output: Path,
) -> None:
    """Draw the rejection of background against the efficiency of a signal, a curve a score.

    Parameters
    ----------
    frame
        What figures have in common.
    signal
        Name of the signal.
    scans
        By score.
    baselines
        The scores that no network gives.
    output
        Where to write, without suffix.
    """
    curves = {name: _read_curve(scan["roc"]) for name, scan in scans.items() if scan["roc"]}
    looks = _choose_looks(list(scans), baselines)
    numbers = {**frame.describe(), "signal": signal, "curves": curves}
    with write_figure(output, numbers) as figure:
        axes = figure.add_axes((0.12, 0.12, 0.62, 0.84))
        axes.set_yscale("log")
        top = 10.0
        for name, curve in curves.items():
            look = looks[name]
            rejection = 1 / curve["background_efficiency"]
            axes.fill_betweenx(
                rejection, curve["low"], curve["high"], color=look["color"], alpha=0.15, linewidth=0
            )
            axes.plot(
                curve["efficiency"], rejection, color=look["color"], linestyle=look["linestyle"]
            )
            top = max(top, rejection.max())
        efficiencies = np.linspace(0.0, 1.0, 201)[1:]
        axes.plot(efficiencies, 1 / efficiencies, color="#808080", linestyle=":", linewidth=1)
        axes.set_xlim(0, 1)
        axes.set_ylim(1, top**1.55)
        axes.set_xlabel("Signal efficiency")
        axes.set_ylabel("Background rejection (1 / efficiency)")
        if not curves:
            axes.text(0.5, 0.4, "no curve is defined", transform=axes.transAxes, ha="center")
        add_corner(axes, frame, frame.get_label(signal))
        add_legend(axes, *_make_legend(looks))


def _read_cuts(scans: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
    """Read value and uncertainty by score; what is undefined is left out."""
    found = {name: scan["best"] for name, scan in scans.items() if scan["best"]}
    return {
        name: {"value": best["profiled"], "uncertainty": best["profiled_uncertainty"]}
        for name, best in found.items()
        if best["profiled"] is not None
    }


def _read_fits(fits: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
    return {
        name: {"value": fit["significance"], "uncertainty": 0.0}
        for name, fit in fits.items()
        if fit.get("significance") is not None
    }


def _read_curve(roc: Mapping[str, Any]) -> dict[str, NDArray[np.float64]]:
    """Read a curve; the scan keeps signal efficiencies as factors on s / sqrt(b)."""
    points = [point for point in roc["improvements"] if point["improvement"] is not None]
    background = np.array([point["background_efficiency"] for point in points])
    factors = {
        "efficiency": "improvement", "low": "low", "high": "high",
    }  # fmt: skip
    return {
        "background_efficiency": background,
        **{
            name: np.array([point[key] for point in points]) * np.sqrt(background)
            for name, key in factors.items()
        },
    }


def _choose_looks(scorers: Sequence[str], baselines: Sequence[str]) -> dict[str, dict[str, Any]]:
    """Choose colour, marker and line: those of networks are filled and solid."""
    looks = {}
    for k, name in enumerate(scorers):
        plain = name in baselines
        looks[name] = {
            "color": COLOURS[k % len(COLOURS)],
            "marker": MARKERS[k % len(MARKERS)],
            "fillstyle": "none" if plain else "full",
            "linestyle": "--" if plain else "-",
        }
    return looks


def _draw_panel(
    axes: Axes,
    signals: Sequence[str],
    scorers: Sequence[str],
    found: Mapping[str, Mapping[str, Any]],
    looks: Mapping[str, Mapping[str, Any]],
) -> None:
    """Draw a row a signal, and in it one below the other a point a score."""
    middle = (len(scorers) - 1) / 2
    for row, signal in enumerate(signals):
        for k, name in enumerate(scorers):
            point = found[signal].get(name)
            if point is None or point["value"] <= LEAST:
                continue
            look = {key: value for key, value in looks[name].items() if key != "linestyle"}
            height = -row * (len(scorers) + 1) - (k - middle)
            axes.errorbar(
                point["value"], height, xerr=point["uncertainty"], capsize=2, markersize=6, **look
            )
        axes.axhline(-(row + 0.5) * (len(scorers) + 1), color="#d0d0d0", linewidth=0.8)
    values = [point["value"] for by_score in found.values() for point in by_score.values()]
    axes.set_xscale("log")
    shown = [value for value in values if value > LEAST]
    axes.set_xlim(0.5 * min([*shown, 0.5]), 2 * max([*shown, 1.0]))
    for level in (2, 5):
        axes.axvline(level, color="#808080", linestyle=":", linewidth=1)
    axes.set_ylim(-(len(signals) - 0.5) * (len(scorers) + 1), 0.5 * (len(scorers) + 1))
    axes.tick_params(axis="y", which="both", length=0)


def _write_heading(figure: Figure, frame: Frame, place: tuple[float, float]) -> None:
    """Write what the corner label says above all panels."""
    title = figure.text(*place, frame.plots.experiment, fontsize=18, weight="bold", style="italic")
    what = format_energy(frame.sqrt_s), format_luminosity(frame.luminosity), frame.selection
    status = figure.text(0, 0, f"{frame.plots.label}     {', '.join(what)}", fontsize=14)
    # behind the name, however wide it is
    box = title.get_window_extent().transformed(figure.transFigure.inverted())
    status.set_position((box.x1 + 0.01, place[1]))


def _make_legend(looks: Mapping[str, Mapping[str, Any]]) -> tuple[list[Line2D], list[str]]:
    return [Line2D([], [], **look) for look in looks.values()], list(looks)
