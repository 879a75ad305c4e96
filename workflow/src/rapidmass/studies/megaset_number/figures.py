"""Networks trained on other numbers of megasets, side by side."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes
from numpy.typing import NDArray

from rapidmass.plotting.labels import add_corner, add_legend
from rapidmass.plotting.style import CHANNEL_COLOURS, Frame, leave_headroom, write_figure

PLACE = (0.12, 0.12, 0.6, 0.84)
MARKERS = ("o", "s", "^", "D", "v", "P")
XLABEL = "Number of megasets"
DECADES = 4.0


def draw_losses(
    frame: Frame, network: str, numbers: Sequence[Mapping[str, Any]], output: Path
) -> None:
    """Draw the losses at the end of training against the number of megasets.

    Parameters
    ----------
    frame
        What figures have in common.
    network
        Name of the network.
    numbers
        From `rapidmass.studies.megaset_number.measure.compare_numbers`.
    output
        Where to write, without suffix.
    """
    own = replace(frame, architecture=network)
    kinds = {
        "training_loss": ("Training loss", "#0072b2", "o", "-"),
        "validation_loss": ("Validation loss", "#d55e00", "s", "--"),
    }
    content = {key: _take(numbers, key) for key in kinds}
    with write_figure(output, {**own.describe(), **_name_numbers(numbers), **content}) as figure:
        axes = figure.add_axes(PLACE)
        handles = [
            axes.plot(content[key], color=colour, marker=marker, linestyle=line, markersize=8)[0]
            for key, (_, colour, marker, line) in kinds.items()
        ]
        _set_axis(axes, numbers)
        _set_range(axes, np.concatenate(list(content.values())))
        axes.set_ylabel("Mean loss in the last epoch")
        add_corner(axes, own)
        add_legend(axes, handles, [label for label, *_ in kinds.values()])


def draw_aucs(
    frame: Frame,
    network: str,
    numbers: Sequence[Mapping[str, Any]],
    spreads: Mapping[str, float],
    output: Path,
) -> None:
    """Draw the AUC of every signal against the number of megasets.

    Parameters
    ----------
    frame
        What figures have in common.
    network
        Name of the network.
    numbers
        From `rapidmass.studies.megaset_number.measure.compare_numbers`.
    spreads
        Standard deviation of the AUC over seeds by signal, where it is known: bands around the mean
        of all numbers.
    output
        Where to write, without suffix.
    """
    own = replace(frame, architecture=network)
    measured = {
        signal: {
            key: _take([found["signals"][signal] for found in numbers], key)
            for key in ("auc", "auc_uncertainty")
        }
        for signal in numbers[0]["signals"]
    }
    content = {**own.describe(), **_name_numbers(numbers), "signals": measured, "spreads": spreads}
    shown: list[NDArray[np.float64]] = []
    with write_figure(output, content) as figure:
        axes = figure.add_axes(PLACE)
        handles: list[Any] = []
        for k, (signal, found) in enumerate(measured.items()):
            look = frame.get_line(signal)
            if signal in spreads and np.any(np.isfinite(found["auc"])):
                shown.append(_draw_spread(axes, found["auc"], spreads[signal], look["color"]))
            handles.append(
                axes.errorbar(
                    np.arange(len(numbers)) + 0.06 * (k - (len(measured) - 1) / 2),
                    found["auc"], found["auc_uncertainty"], capsize=4,
                    marker=MARKERS[k % len(MARKERS)], markersize=8, **look,
                )
            )  # fmt: skip
            shown += [found["auc"] + sign * found["auc_uncertainty"] for sign in (-1, 1)]
        _set_axis(axes, numbers)
        _set_range(axes, np.concatenate(shown))
        low, high = axes.get_ylim()
        axes.set_yticks([tick for tick in axes.get_yticks() if low <= tick <= 1.0])
        axes.set_ylim(low, high)
        axes.set_ylabel("AUC")
        add_corner(axes, own, *(["bands: standard deviation over seeds"] if spreads else []))
        add_legend(axes, handles, [frame.get_label(signal) for signal in measured])


def _draw_spread(
    axes: Axes, aucs: NDArray[np.float64], spread: float, colour: str
) -> NDArray[np.float64]:
    """Draw a band around the mean; return its ends."""
    middle = float(np.nanmean(aucs))
    axes.axhspan(middle - spread, middle + spread, color=colour, alpha=0.15, linewidth=0)
    return np.array([middle - spread, middle + spread])


def draw_shapes(
    frame: Frame,
    network: str,
    edges: Sequence[float],
    numbers: Sequence[Mapping[str, Any]],
    output: Path,
) -> None:
    """Draw the score of the test set by networks that were trained on other numbers of megasets.

    Parameters
    ----------
    frame
        What figures have in common.
    network
        Name of the network.
    edges
        Shape (bins + 1,).
    numbers
        From `rapidmass.studies.megaset_number.measure.compare_numbers`.
    output
        Where to write, without suffix.
    """
    own = replace(frame, architecture=network)
    shapes = {str(found["megasets"]): found["shape"] for found in numbers}
    with write_figure(output, {**own.describe(), "edges": edges, "shapes": shapes}) as figure:
        axes = figure.add_axes(PLACE)
        shades = mpl.colormaps["viridis"](np.linspace(0.0, 0.85, len(numbers)))
        handles, tops = [], [0.0]
        for k, found in enumerate(numbers):
            values = np.array(found["shape"]["values"])
            shares = values / values.sum() if values.sum() > 0 else values
            handles.append(
                axes.stairs(
                    np.maximum(shares, 1e-12), np.array(edges), baseline=None, color=shades[k],
                    linewidth=3.6 - 2.4 * k / max(len(numbers) - 1, 1),
                )
            )  # fmt: skip
            tops.append(float(shares.max(initial=0.0)))
        axes.set_yscale("log")
        leave_headroom(axes, 10**-DECADES, 1.5 * (max(tops) or 1.0))
        axes.set_xlim(edges[0], edges[-1])
        axes.set_xlabel("Anomaly score")
        axes.set_ylabel("Share of the background in a bin")
        add_corner(axes, own)
        add_legend(axes, handles, [_count(found["megasets"]) for found in numbers])


def draw_times(frame: Frame, times: Mapping[str, Mapping[str, float | None]], output: Path) -> None:
    """Draw how long trainings took.

    Parameters
    ----------
    frame
        What figures have in common.
    times
        Seconds by number of megasets, for each network.
    output
        Where to write, without suffix.
    """
    numbers = [{"megasets": int(number)} for number in next(iter(times.values()))]
    with write_figure(output, {**frame.describe(), "seconds": times}) as figure:
        axes = figure.add_axes(PLACE)
        handles, shown = [], [np.zeros(1)]
        for k, found in enumerate(times.values()):
            seconds = np.array([np.nan if t is None else t for t in found.values()]) / 60
            colour = CHANNEL_COLOURS[k % len(CHANNEL_COLOURS)]
            handles += axes.plot(
                seconds, color=colour, marker=MARKERS[k % len(MARKERS)], markersize=8
            )
            shown.append(seconds)
        _set_axis(axes, numbers)
        longest = float(np.nanmax(np.concatenate(shown)))
        leave_headroom(axes, 0.0, 1.05 * longest or 1.0)
        axes.set_ylabel("Time of the training [min]")
        add_corner(axes, frame)
        add_legend(axes, handles, list(times))


def _count(number: int) -> str:
    return f"{number} megaset" if number == 1 else f"{number} megasets"


def _name_numbers(numbers: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    return {"megasets": [found["megasets"] for found in numbers]}


def _take(entries: Sequence[Mapping[str, Any]], key: str) -> NDArray[np.float64]:
    return np.array([np.nan if e[key] is None else e[key] for e in entries], dtype=np.float64)


def _set_axis(axes: Axes, numbers: Sequence[Mapping[str, Any]]) -> None:
    """Give every number the same room: they are seldom regular."""
    axes.set_xticks(range(len(numbers)), [str(found["megasets"]) for found in numbers])
    axes.set_xticks([], minor=True)
    axes.set_xlim(-0.5, len(numbers) - 0.5)
    axes.set_xlabel(XLABEL)


def _set_range(axes: Axes, values: NDArray[np.float64]) -> None:
    finite = values[np.isfinite(values)]
    low, high = (float(finite.min()), float(finite.max())) if finite.size else (0.0, 1.0)
    margin = 0.1 * (high - low) or 0.1 * abs(high) or 1.0
    leave_headroom(axes, low - margin, high + margin, 0.34)
