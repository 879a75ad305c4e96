"""P-values of experiments without a difference as a figure."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from rapidmass.plotting.labels import add_corner, add_legend
from rapidmass.plotting.style import CHANNEL_COLOURS, Frame, write_figure

BAND = 1.36  # over the root of the number: 95 % of distribution functions are inside
STYLES = ("-", "--", "-.", ":")


def draw_p_values(
    frame: Frame, found: Mapping[str, Any], names: Mapping[str, str], output: Path
) -> None:
    """Draw the distribution function of the p-values of each test.

    Parameters
    ----------
    frame
        What figures have in common, with the luminosity of data.
    found
        From `rapidmass.studies.calibration.measure.calibrate`.
    names
        What tests are called.
    output
        Where to write, without suffix.
    """
    tests = found["tests"]
    numbers = {**frame.describe(), "tests": tests}
    with write_figure(output, numbers) as figure:
        axes = figure.add_axes((0.12, 0.12, 0.6, 0.84))
        level = np.linspace(0.0, 1.0, 101)
        fewest = min((len(test["p_values"]) for test in tests.values()), default=1)
        half = BAND / np.sqrt(fewest)
        low, high = np.clip([level - half, level + half], 0.0, 1.0)
        band = axes.fill_between(level, low, high, color="#e4e4e4", linewidth=0)
        handles: list[Any] = [band]
        for k, test in enumerate(tests.values()):
            p_values = np.sort(test["p_values"])
            (line,) = axes.step(
                [0.0, *p_values, 1.0],
                [0.0, *np.arange(1, len(p_values) + 1) / len(p_values), 1.0],
                where="post",
                color=CHANNEL_COLOURS[k % len(CHANNEL_COLOURS)],
                linestyle=STYLES[k // len(CHANNEL_COLOURS) % len(STYLES)],
                linewidth=1.8,
            )
            handles.append(line)
        axes.set_xlim(0.0, 1.0)
        axes.set_ylim(0.0, 1.45)
        axes.set_yticks(np.linspace(0, 1, 6))
        axes.set_xlabel("p-value without a difference")
        axes.set_ylabel("Share of experiments up to it")
        add_corner(axes, frame)
        add_legend(axes, handles, ["95 % if uniform", *(names[name] for name in tests)])
