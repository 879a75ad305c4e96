"""Efficiencies of scores for all signals, and shapes of the background behind cuts on scores."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from rapidmass.plotting.labels import stack_heading
from rapidmass.plotting.style import Frame, write_figure

MARKERS = "os^vD*Pph<>X"
ROW = 0.32  # inches a signal
PANEL = 5.2, 5.6  # inches


def draw_efficiencies(
    frame: Frame, efficiencies: Mapping[str, Mapping[str, float]], output: Path
) -> None:
    """Draw the efficiency of each score for each signal.

    Parameters
    ----------
    frame
        What figures have in common.
    efficiencies
        At 1 % of the background, by score and signal.
    output
        Where to write, without suffix.
    """
    signals = list(frame.signals)
    size = 9.5, 3.0 + ROW * max(len(signals), len(efficiencies))
    numbers = {**frame.describe(), "efficiencies": {k: dict(v) for k, v in efficiencies.items()}}
    with write_figure(output, numbers, size) as figure:
        height = 1 - 2.4 / size[1]
        axes = figure.add_axes((0.2, 1.0 / size[1], 0.5, height))
        for k, (name, own) in enumerate(efficiencies.items()):
            rows = [row for row, signal in enumerate(signals) if signal in own]
            axes.plot(
                [own[signals[row]] for row in rows],
                rows,
                MARKERS[k % len(MARKERS)],
                label=frame.get_label(name),
                markersize=6,
                alpha=0.8,
            )
        axes.set_yticks(range(len(signals)), [frame.get_label(name) for name in signals])
        axes.tick_params(which="minor", axis="y", length=0)
        axes.tick_params(labelsize=11)
        axes.set_ylim(len(signals) - 0.5, -0.5)
        axes.set_xlim(-0.02, 1.02)
        axes.grid(axis="y", alpha=0.3)
        axes.set_xlabel("Signal efficiency", fontsize=13)
        axes.legend(loc="upper left", bbox_to_anchor=(1.02, 1.0), fontsize=10)
        stack_heading(axes, frame, "1 % of the background is left")


def draw_shapes(frame: Frame, shapes: Mapping[str, Mapping[str, Any]], output: Path) -> None:
    """Draw the shape of the background where a cut on each score leaves 1 %.

    Parameters
    ----------
    frame
        What figures have in common.
    shapes
        By score, from `rapidmass.studies.sensitivity.beyond_met.measure_shapes`.
    output
        Where to write, without suffix.
    """
    variables = list(next(iter(shapes.values())))
    size = PANEL[0] * len(variables) + 3.0, PANEL[1]
    numbers = {**frame.describe(), "shapes": {k: dict(v) for k, v in shapes.items()}}
    with write_figure(output, numbers, size) as figure:
        for place, variable in enumerate(variables):
            left = (0.9 + PANEL[0] * place) / size[0]
            axes = figure.add_axes((left, 0.14, (PANEL[0] - 1.1) / size[0], 0.6))
            edges = np.array(next(iter(shapes.values()))[variable]["edges"])
            for name, own in shapes.items():
                for cut in own[variable]["cuts"]:
                    everything = cut["background_efficiency"] == 1
                    if everything and name != next(iter(shapes)):
                        continue
                    axes.stairs(
                        np.maximum(cut["values"], 1e-6),
                        edges,
                        color="black" if everything else None,
                        linewidth=2 if everything else 1.2,
                        label="no cut" if everything else frame.get_label(name),
                    )
            axes.set_yscale("log")
            axes.set_ylim(1e-5, 2)
            axes.set_xlabel(f"{frame.get_label(variable)} [GeV]", fontsize=13)
            axes.tick_params(labelsize=11)
            if place == 0:
                axes.set_ylabel("Share of the background", fontsize=13)
                stack_heading(axes, frame, "1 % of the background is left")
        axes.legend(loc="upper left", bbox_to_anchor=(1.02, 1.0), fontsize=10)
