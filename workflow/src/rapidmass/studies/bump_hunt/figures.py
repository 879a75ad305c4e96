"""A bump hunt as figures."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from numpy.typing import NDArray

from rapidmass.plotting.labels import add_corner, add_legend
from rapidmass.plotting.panels import add_panels, add_title, find_size
from rapidmass.plotting.style import CHANNEL_COLOURS, Frame, leave_headroom, write_figure
from rapidmass.search.bumps.windows import SIGNAL

MOST_PANELS = 12
LEVELS = {1: 0.15866, 2: 0.02275, 3: 1.35e-3, 4: 3.17e-5, 5: 2.87e-7}


def draw_spectrum(frame: Frame, window: Mapping[str, Any], cut: int, output: Path) -> None:
    """Draw the spectrum of a window behind a cut, with the fit of its sidebands and pulls.

    Parameters
    ----------
    frame
        What figures have in common.
    window
        One of `windows` of `rapidmass.studies.bump_hunt.measure.measure_hunt`.
    cut
        Which of its cuts.
    output
        Where to write, without suffix.
    """
    found, edges = window["cuts"][cut], np.array(window["edges"])
    counts, expected = np.array(found["counts"]), np.array(found["expected"])
    centres, signal = np.sqrt(edges[1:] * edges[:-1]), np.array(window["region"]) == SIGNAL
    pulls = (counts - expected) / np.sqrt(np.maximum(expected, 1e-9))
    numbers = {**frame.describe(), "edges": edges, "counts": counts, "expected": expected}
    with write_figure(output, numbers) as figure:
        main = figure.add_axes((0.12, 0.34, 0.84, 0.62))
        lower = figure.add_axes((0.12, 0.12, 0.84, 0.2), sharex=main)
        points = main.errorbar(centres, counts, np.sqrt(counts), fmt="o", color="black", ms=5)
        line = main.stairs(expected, edges, color=CHANNEL_COLOURS[2], linewidth=2)
        lower.stairs(pulls, edges, fill=True, color=CHANNEL_COLOURS[0], alpha=0.6)
        lower.axhline(0, color="black", linewidth=0.8)
        for axes in (main, lower):
            _shade(axes, edges, signal)
        leave_headroom(main, 0.0, float(max(counts.max() + np.sqrt(counts.max()), 1)), 0.45)
        main.tick_params(labelbottom=False)
        main.set_ylabel("Events")
        lower.set_ylabel("Pull")
        lower.set_xlabel("Mass [GeV]")
        kept = found["efficiency"]
        text = "no cut" if kept == 1 else f"{100 * kept:g} % of sidebands kept"
        add_corner(main, frame, text, status=frame.plots.data_status)
        add_legend(main, [points, line], [frame.plots.data_label, "fit of sidebands"])


def _shade(axes: Axes, edges: NDArray[np.float64], signal: NDArray[np.bool_]) -> None:
    rows = np.flatnonzero(signal)
    axes.axvspan(edges[rows[0]], edges[rows[-1] + 1], color="#c8d4dc", alpha=0.5, linewidth=0)


def draw_p_values(frame: Frame, found: Mapping[str, Any], output: Path) -> None:
    """Draw local p-values of all windows behind each cut.

    Parameters
    ----------
    frame
        What figures have in common.
    found
        From `rapidmass.studies.bump_hunt.measure.measure_hunt`.
    output
        Where to write, without suffix.
    """
    centres = [window["centre"] for window in found["windows"]]
    efficiencies = [cut["efficiency"] for cut in found["windows"][0]["cuts"]]
    values = {
        share: [window["cuts"][k]["p_value"] for window in found["windows"]]
        for k, share in enumerate(efficiencies)
    }
    level = 0.05 / max(found["trials"], 1)
    numbers = {**frame.describe(), "centres": centres, "p_values": values, "level": level}
    with write_figure(output, numbers) as figure:
        axes = figure.add_axes((0.12, 0.12, 0.8, 0.84))
        handles, labels = [], []
        for k, (share, p_values) in enumerate(values.items()):
            shown = [np.nan if p is None else p for p in p_values]
            handles += axes.plot(centres, shown, "o-", color=CHANNEL_COLOURS[k])
            labels.append("no cut" if share == 1 else f"{100 * share:g} % kept")
        lowest = min([p for row in values.values() for p in row if p is not None], default=0.1)
        for number, p_value in LEVELS.items():
            if p_value > min(lowest, level) / 30:
                axes.axhline(p_value, color="grey", linewidth=0.8, linestyle=":")
                axes.annotate(
                    rf"{number}$\sigma$", (1.01, p_value), xycoords=("axes fraction", "data"),
                    va="center", fontsize=12,
                )  # fmt: skip
        handles.append(axes.axhline(level, color="#bd1f01", linestyle="--"))
        labels.append("5 % of all trials together")
        axes.set_yscale("log")
        axes.set_ylim(min(lowest, level) / 30, 100)
        axes.set_xlabel("Centre of the window [GeV]")
        axes.set_ylabel("Local $p$-value")
        add_corner(axes, frame, status=frame.plots.data_status)
        add_legend(axes, handles, labels)


def draw_gates(frame: Frame, found: Mapping[str, Any], output: Path) -> None:
    """Draw how well low and high sidebands are told apart, before and after treatment.

    Parameters
    ----------
    frame
        What figures have in common.
    found
        From `rapidmass.studies.bump_hunt.measure.measure_hunt`.
    output
        Where to write, without suffix.
    """
    centres = np.array([window["centre"] for window in found["windows"]])
    numbers = {"centres": centres, "gates": [[w["before"], w["after"]] for w in found["windows"]]}
    with write_figure(output, {**frame.describe(), **numbers}) as figure:
        axes = figure.add_axes((0.12, 0.12, 0.84, 0.84))
        handles, top = [], 0.5
        for k, stage in enumerate(("before", "after")):
            auc = np.array([window[stage]["auc"] for window in found["windows"]])
            error = [window[stage]["error"] for window in found["windows"]]
            top = max(top, float((auc + error).max()))
            handles.append(
                axes.errorbar(
                    centres * (1 + 0.004 * k), auc, error, fmt="os"[k], color=CHANNEL_COLOURS[k]
                )
            )
        axes.axhline(0.5, color="black", linewidth=0.8)
        bottom = min(0.48, axes.get_ylim()[0])
        leave_headroom(axes, bottom, top)
        axes.set_xlabel("Centre of the window [GeV]")
        axes.set_ylabel("AUC of low against high sideband")
        add_corner(axes, frame, status=frame.plots.data_status)
        add_legend(axes, handles, ["features as they are", "features as used"])


def draw_improvement(frame: Frame, window: Mapping[str, Any], output: Path) -> None:
    """Draw by how much cuts improve the significance of each signal, in one window.

    Parameters
    ----------
    frame
        What figures have in common.
    window
        As for `draw_spectrum`.
    output
        Where to write, without suffix.
    """
    shares = np.array([cut["efficiency"] for cut in window["cuts"]])
    order = np.argsort(shares)
    known = {
        name: np.array(one["efficiencies"]) / np.sqrt(shares)
        for name, one in window["signals"].items()
        if one["efficiencies"] is not None
    }
    with write_figure(output, {**frame.describe(), "shares": shares, "gain": known}) as figure:
        axes = figure.add_axes((0.12, 0.12, 0.84, 0.84))
        handles = [
            axes.plot(shares[order], gain[order], "o", **frame.get_line(name))[0]
            for name, gain in known.items()
        ]
        axes.axhline(1, color="black", linewidth=0.8)
        axes.set_xscale("log")
        leave_headroom(axes, 0.0, max([float(gain.max()) for gain in known.values()], default=1.0))
        axes.set_xlabel("Share of sidebands that is kept")
        axes.set_ylabel("Gain in significance")
        add_corner(axes, frame, status=frame.plots.label)
        add_legend(axes, handles, [frame.get_label(name) for name in known])


def draw_features(frame: Frame, window: Mapping[str, Any], output: Path) -> None:
    """Draw the features of what the tightest cut selects, against those of the sidebands.

    Parameters
    ----------
    frame
        What figures have in common.
    window
        As for `draw_spectrum`.
    output
        Where to write, without suffix.
    """
    chosen = dict(sorted(window["features"].items(), key=_differ)[:MOST_PANELS])
    size = find_size(len(chosen))
    with write_figure(output, {**frame.describe(), "features": chosen}, size) as figure:
        for axes, (name, one) in zip(add_panels(figure, len(chosen)), chosen.items(), strict=True):
            edges = np.linspace(0, 1, len(one["edges"]))
            for part, colour in (("sidebands", "#94a4a2"), ("selected", "#bd1f01")):
                counts = np.array(one[part], dtype=float)
                axes.stairs(counts / max(counts.sum(), 1), edges, color=colour, linewidth=1.5)
            ends = f"{name}\n{one['edges'][0]:.3g} to {one['edges'][-1]:.3g}"
            axes.text(0.05, 0.95, ends, transform=axes.transAxes, va="top", fontsize=10)
            axes.set_ylim(0, 1.15)
        add_title(figure, frame, "selected (red) and sidebands (grey)")


def _differ(item: tuple[str, Mapping[str, Any]]) -> float:
    """Order features by how much both histograms differ, the largest first."""
    parts = [np.array(item[1][part], dtype=float) for part in ("sidebands", "selected")]
    first, second = (part / max(part.sum(), 1) for part in parts)
    return -float(np.abs(first - second).sum())
