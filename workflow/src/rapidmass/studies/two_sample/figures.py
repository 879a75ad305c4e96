"""What a test of data against simulation found, as figures."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from rapidmass.plotting.labels import add_corner, add_legend
from rapidmass.plotting.style import CHANNEL_COLOURS, Frame, leave_headroom, write_figure

BINS = 25
SHOWN = 20  # features


def draw_null(frame: Frame, test: Mapping[str, Any], output: Path, *, status: str) -> None:
    """Draw the statistic of the pseudo-experiments, and that of data.

    Parameters
    ----------
    frame
        What figures have in common.
    test
        One of `tests` of `rapidmass.studies.two_sample.measure.study_difference`.
    output
        Where to write, without suffix.
    status
        What stands behind the name of the experiment.
    """
    toys, statistic = np.array(test["toys"]), test["statistic"]
    counts, edges = np.histogram(toys, bins=BINS)
    numbers = {**frame.describe(), "toys": toys, "statistic": statistic, "p_value": test["p_value"]}
    with write_figure(output, numbers) as figure:
        axes = figure.add_axes((0.12, 0.12, 0.6, 0.84))
        drawn = axes.stairs(counts, edges, fill=True, color=CHANNEL_COLOURS[0], alpha=0.6)
        line = axes.axvline(statistic, ymax=0.7, color="#bd1f01", linewidth=2)
        leave_headroom(axes, 0.0, float(counts.max()))
        axes.set_xlabel("Test statistic t")
        axes.set_ylabel("Pseudo-experiments")
        add_corner(axes, frame, luminosity=frame.luminosity, status=status)
        add_legend(axes, [drawn, line], ["no difference", "observed"])


def draw_importance(frame: Frame, test: Mapping[str, Any], output: Path, *, status: str) -> None:
    """Draw how much each feature adds to the statistic.

    Parameters
    ----------
    frame
        What figures have in common.
    test
        As for `draw_null`.
    output
        Where to write, without suffix.
    status
        What stands behind the name of the experiment.
    """
    ordered = sorted(test["importance"].items(), key=lambda item: -item[1])[:SHOWN]
    numbers = {**frame.describe(), "importance": dict(ordered)}
    with write_figure(output, numbers) as figure:
        axes = figure.add_axes((0.24, 0.12, 0.6, 0.84))
        places = np.arange(len(ordered))[::-1]
        axes.barh(places, [loss for _, loss in ordered], color=CHANNEL_COLOURS[0])
        leave_headroom(axes, -0.6, len(ordered) - 0.4)
        axes.set_yticks(places, [name for name, _ in ordered], fontsize=11)
        axes.tick_params(axis="y", which="minor", left=False, right=False)
        axes.set_xlabel("Loss of t if the feature is shuffled")
        add_corner(axes, frame, luminosity=frame.luminosity, status=status)
