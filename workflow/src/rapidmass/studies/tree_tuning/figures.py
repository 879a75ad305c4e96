"""Losses of the trials as a figure."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from rapidmass.plotting.labels import add_corner, add_legend
from rapidmass.plotting.style import Frame, leave_headroom, write_figure


def draw_trials(frame: Frame, found: Mapping[str, Any], output: Path) -> None:
    """Draw the loss of each trial, and the smallest so far.

    Parameters
    ----------
    frame
        What figures have in common, with the architecture.
    found
        From `rapidmass.studies.tree_tuning.measure.tune_trees`.
    output
        Where to write, without suffix.
    """
    trials = found["trials"]
    losses = np.array([np.nan if t["loss"] is None else t["loss"] for t in trials])
    partly = np.array([np.mean(t["folds"]) if t["loss"] is None else np.nan for t in trials])
    numbers = {**frame.describe(), "losses": losses, "given_up": partly}
    with write_figure(output, numbers) as figure:
        axes = figure.add_axes((0.14, 0.12, 0.58, 0.84))
        steps = np.arange(len(trials))
        handles = [
            axes.plot(steps[1:], losses[1:], "o", color="#3f90da")[0],
            axes.plot(steps, partly, "x", color="#94a4a2")[0],
            axes.axhline(losses[0], color="#bd1f01", linestyle="--"),
            axes.step(steps, np.fmin.accumulate(losses), color="black", where="post")[0],
        ]
        shown = np.concatenate([losses, partly])
        low, high = np.nanmin(shown), np.nanmax(shown)
        leave_headroom(axes, low - 0.05 * (high - low + 1e-6), high + 1e-6)
        axes.set_xlim(-0.5, len(trials) - 0.5)
        axes.set_xlabel("Trial")
        axes.set_ylabel("Loss in inner folds")
        add_corner(axes, frame)
        add_legend(axes, handles, ["trial", "given up", "as configured", "smallest so far"])
