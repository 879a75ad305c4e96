"""Power against strength as a figure."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from matplotlib.axes import Axes

from rapidmass.plotting.labels import add_corner, add_legend
from rapidmass.plotting.style import CHANNEL_COLOURS, Frame, write_figure
from rapidmass.statistics.significance import compute_wilson_interval
from rapidmass.studies.blind_test.verdicts import ABSURD, name_absurd

SHADE = "#f0f0f0"
MARKERS = ("o", "s", "^", "D", "v", "P", "X")


def draw_power(
    frame: Frame,
    signal: str,
    found: Mapping[str, Any],
    tests: Mapping[str, str],
    thin: Sequence[str],
    output: Path,
) -> None:
    """Draw in how many mixtures each test finds a signal, against its strength.

    Parameters
    ----------
    frame
        What figures have in common, with the luminosity of data.
    signal
        Name of the signal.
    found
        From `rapidmass.studies.blind_test.measure.study_power`.
    tests
        Names of the tests that stand out, with what the legend calls them.
    thin
        Names of tests that are drawn thin, beneath them.
    output
        Where to write, without suffix.
    """
    points = found["signals"][signal]["points"]
    control, *mixed = points
    strengths = np.array([point["strength"] for point in mixed])
    numbers = {**frame.describe(), "signal": signal, "level": found["level"], "points": points}
    with write_figure(output, numbers) as figure:
        axes = figure.add_axes((0.12, 0.12, 0.6, 0.84))
        axes.set_xscale("log")
        axes.set_xlim(strengths[0] / 3, strengths[-1] * 2)
        handles: list[Any] = []
        lines = [axes.plot(strengths, _list_power(mixed, name), color="#b0b0b0", linewidth=1)[0]
                 for name in thin]  # fmt: skip
        for k, name in enumerate(tests):
            colour = CHANNEL_COLOURS[k % len(CHANNEL_COLOURS)]
            look = {"color": colour, "fmt": f"{MARKERS[k % len(MARKERS)]}-"}
            handles.append(_draw_curve(axes, strengths, mixed, name, found["experiments"], look))
            at = strengths[0] / 2
            _draw_curve(axes, np.array([at]), [control], name, found["experiments"], look)
        handles.append(axes.axhline(found["level"], color="black", linestyle=":", linewidth=1.2))
        shaded = _shade(axes, mixed, found["signals"][signal]["excluded"])
        axes.set_ylim(0.0, 1.45)
        axes.set_yticks(np.linspace(0, 1, 6))
        axes.set_xlabel("Strength / theory (leftmost points: no signal)")
        axes.set_ylabel(f"Share of mixtures with p ≤ {found['level']:g}")
        add_corner(axes, frame, frame.get_label(signal))
        labels = [*tests.values(), "by chance"]
        add_legend(
            axes,
            [*handles, *lines[:1], *shaded],
            [*labels, *["single scores"] * bool(lines), *["absurd strength"] * len(shaded)],
        )


def _list_power(points: Sequence[Mapping[str, Any]], name: str) -> list[float]:
    return [point["power"][name] for point in points]


def _draw_curve(
    axes: Axes,
    strengths: Any,  # noqa: ANN401
    points: Sequence[Mapping[str, Any]],
    name: str,
    experiments: int,
    look: Mapping[str, Any],
) -> Any:  # noqa: ANN401
    power = np.array(_list_power(points, name))
    low, high = compute_wilson_interval(power, experiments)
    errors = np.maximum([power - low, high - power], 0.0)
    return axes.errorbar(strengths, power, errors, markersize=6, capsize=2, linewidth=1.6, **look)


def _shade(axes: Axes, points: Sequence[Mapping[str, Any]], excluded: float | None) -> list[Any]:
    """Shade the strengths that nobody would hide."""
    if not name_absurd(points[-1]["strength"], excluded):
        return []
    right = axes.get_xlim()[1]
    return [axes.axvspan(min(excluded or ABSURD, ABSURD), right, color=SHADE, zorder=0)]
