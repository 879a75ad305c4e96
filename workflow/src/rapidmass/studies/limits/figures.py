"""Expected upper limits on cross sections."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from rapidmass.plotting.labels import add_corner, add_legend
from rapidmass.plotting.style import Frame, leave_headroom, write_figure

BANDS = (("-2", "2", "#f5bb54"), ("-1", "1", "#607641"))
FEMTOBARN = 1000.0
HEIGHT = 0.3


def draw_limits(
    frame: Frame, signal: str, limits: Mapping[str, Mapping[str, Any]], output: Path
) -> None:
    """Draw the expected limits on a signal by each score, with their bands.

    Parameters
    ----------
    frame
        What figures have in common.
    signal
        Name of the signal.
    limits
        By score, from `rapidmass.studies.limits.measure.fit_limit`.
    output
        Where to write, without suffix.
    """
    theory = next(iter(limits.values()))["cross_section"] * FEMTOBARN
    bands = {
        name: found["limits"] and {n: FEMTOBARN * v for n, v in found["limits"].items()}
        for name, found in limits.items()
    }
    numbers = {**frame.describe(), "signal": signal, "cross_section_fb": theory, "limits_fb": bands}
    with write_figure(output, numbers) as figure:
        axes = figure.add_axes((0.2, 0.12, 0.52, 0.84))
        drawn = [theory]
        for row, band in enumerate(bands.values()):
            if band is None:
                where = axes.get_yaxis_transform()
                axes.text(0.03, row, "undefined", transform=where, va="center", fontsize=11)
                continue
            for low, high, colour in BANDS:
                axes.barh(row, band[high] - band[low], 2 * HEIGHT, band[low], color=colour)
            axes.vlines(band["0"], row - HEIGHT, row + HEIGHT, color="black", linestyle="--")
            drawn += band.values()
        axes.axvline(theory, color="#bd1f01", linewidth=2, ymax=0.74)
        axes.set_xscale("log")
        axes.set_xlim(min(drawn) / 1.6, max(drawn) * 1.6)
        leave_headroom(axes, -0.6, len(bands) - 0.4, 0.38)
        axes.set_yticks(range(len(bands)), list(bands), fontsize=11)
        axes.tick_params(axis="y", which="minor", left=False, right=False)
        axes.set_xlabel("Upper limit on the cross section [fb]")
        add_corner(axes, frame, frame.get_label(signal))
        _add_legend(axes)


def _add_legend(axes: Any) -> None:  # noqa: ANN401
    handles = [
        Line2D([], [], color="black", linestyle="--"),
        *(Patch(color=colour) for _, _, colour in reversed(BANDS)),
        Line2D([], [], color="#bd1f01", linewidth=2),
    ]
    labels = ["expected, 95 % CLs", r"$\pm 1\,\sigma$", r"$\pm 2\,\sigma$", "predicted"]
    add_legend(axes, handles, labels)
