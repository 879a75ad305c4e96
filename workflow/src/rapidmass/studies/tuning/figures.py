"""Trials of a tuning: their loss in turn, and which parameters matter."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.ticker import MaxNLocator
from numpy.typing import NDArray

from rapidmass.plotting.labels import add_corner, add_legend
from rapidmass.plotting.style import Frame, leave_headroom, write_figure

POINTS, BEST, CONFIGURED, FAILED = "#0072b2", "#d55e00", "#404040", "#bd1f01"


def draw_trials(frame: Frame, tuning: Mapping[str, Any], output: Path) -> None:
    """Draw the validation loss of each trial, and the smallest so far.

    Parameters
    ----------
    frame
        What figures have in common.
    tuning
        Trials, in the order of rounds and batches, and the loss of the network as configured, as
        `rapidmass.studies.tuning.results.describe_tuning` gives them.
    output
        Where to write, without suffix.
    """
    trials = [trial for trial in tuning["trials"] if trial["parameters"] is not None]
    losses = _take_losses(trials)
    step = np.arange(1, len(trials) + 1)
    best = np.fmin.accumulate(losses)
    configured = tuning["configured_loss"]
    numbers = {
        **frame.describe(),
        "round": [trial["round"] for trial in trials],
        "batch": [trial["batch"] for trial in trials],
        "loss": losses,
        "smallest_loss": best,
        "configured_loss": configured,
    }
    with write_figure(output, numbers) as figure:
        axes = figure.add_axes((0.12, 0.12, 0.62, 0.84))
        handles = [
            *axes.plot(step, losses, "o", color=POINTS, markersize=7, markerfacecolor="w"),
            *axes.plot(step, best, color=BEST, drawstyle="steps-post"),
        ]
        labels = ["Trial", "Smallest so far"]
        if configured is not None:
            handles.append(axes.axhline(configured, color=CONFIGURED, linestyle="--"))
            labels.append("As configured")
        if np.isnan(losses).any():
            failed = step[np.isnan(losses)]
            # in the coordinates of the axes vertically: they have no loss
            handles += axes.plot(
                failed, np.full(len(failed), 0.03), "x", color=FAILED, markersize=8,
                transform=axes.get_xaxis_transform(),
            )  # fmt: skip
            labels.append("Failed")
        handles, labels = _mark_rounds(axes, trials, handles, labels)
        axes.set_xlim(0.5, len(trials) + 0.5)
        axes.xaxis.set_major_locator(MaxNLocator(integer=True))
        axes.xaxis.set_minor_locator(MaxNLocator(nbins=1, integer=True))
        axes.set_xlabel("Trial")
        axes.set_ylabel("Validation loss of the last epoch")
        _set_range(axes, np.append(losses, np.nan if configured is None else configured))
        add_corner(axes, frame)
        add_legend(axes, handles, labels)


def _take_losses(trials: Sequence[Mapping[str, Any]]) -> NDArray[np.float64]:
    return np.array([trial["loss"] for trial in trials], dtype=np.float64)


def _mark_rounds(
    axes: Axes, trials: Sequence[Mapping[str, Any]], handles: list[Any], labels: list[str]
) -> tuple[list[Any], list[str]]:
    rounds = [trial["round"] for trial in trials]
    lines = [
        axes.axvline(k + 0.5, ymax=0.7, color="#909090", linewidth=1, linestyle=":")
        for k in range(1, len(rounds))
        if rounds[k] != rounds[k - 1]
    ]
    return (handles + lines[:1], [*labels, "Next round"]) if lines else (handles, labels)


def _set_range(axes: Axes, losses: NDArray[np.float64]) -> None:
    """Logarithmic where losses span more than a factor 5, with room for the corner label."""
    finite = losses[np.isfinite(losses)]
    low, high = (float(finite.min()), float(finite.max())) if finite.size else (0.0, 1.0)
    if low > 0 and high > 5 * low:
        axes.set_yscale("log")
        leave_headroom(axes, 0.8 * low, 1.2 * high)
    else:
        margin = 0.08 * (high - low) or max(abs(high), 1e-12)
        leave_headroom(axes, low - margin, high + margin)


def draw_importances(frame: Frame, importances: Mapping[str, float], output: Path) -> None:
    """Draw how much each parameter matters.

    Parameters
    ----------
    frame
        What figures have in common.
    importances
        Share by parameter.
    output
        Where to write, without suffix.
    """
    names = sorted(importances, key=lambda name: importances[name])
    shares = [importances[name] for name in names]
    numbers = {**frame.describe(), "parameters": names[::-1], "importances": shares[::-1]}
    with write_figure(output, numbers) as figure:
        axes = figure.add_axes((0.2, 0.12, 0.76, 0.84))
        axes.barh([name.replace("_", " ") for name in names], shares, color=POINTS, height=0.6)
        axes.set_xlim(0, 1)
        axes.set_ylim(-0.7, 1.45 * len(names))  # room for the corner label
        axes.minorticks_off()
        axes.set_xlabel("Importance (share)")
        add_corner(axes, frame)
