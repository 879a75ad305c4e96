"""Images of jets beside their reconstructions, and residuals against bytes."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import LogNorm
from matplotlib.image import AxesImage

from rapidmass.plotting.pixels import PANEL, draw_pixels, make_panels
from rapidmass.plotting.style import WIDE, Frame, write_figure

_SHOWN: Final = (0.1, 300.0)  # GeV, from the faintest colour to the strongest
_LINES: Final = ("o", "s", "^", "D", "v", "P")


def draw_images(frame: Frame, measured: Mapping[str, Any], output: Path) -> None:
    """Draw a jet of each group, before and after the network, and the mean image of the group.

    Parameters
    ----------
    frame
        What figures have in common, with the network.
    measured
        From `rapidmass.studies.jet_images.measure.measure_images`, with at least one group.
    output
        Where to write, without suffix.
    """
    groups = measured["groups"]
    columns = ("before", "after", "mean")
    titles = ("one jet", "from the network", "mean of all")
    numbers = {**frame.describe(), "groups": {n: g["examples"][:1] for n, g in groups.items()}}
    size = (PANEL * len(columns) + 1.5, PANEL * len(groups) + 0.8)
    with write_figure(output, numbers, size) as figure:
        grid = make_panels(figure, len(groups), len(columns))
        for row, (name, group) in zip(grid, groups.items(), strict=True):
            pictures = {**group["examples"][0], "mean": group["mean"]}
            for axes, column, title in zip(row, columns, titles, strict=True):
                image = _draw_jet(axes, pictures[column], measured)
                axes.set_title(f"{frame.get_label(name)}: {title}", fontsize=11)
        figure.colorbar(image, ax=grid.ravel().tolist(), label="Transverse momentum [GeV]")


def _draw_jet(axes: Axes, flat: list[float], measured: Mapping[str, Any]) -> AxesImage:
    # channels are shown together
    pixels = measured["pixels"]
    image = np.asarray(flat).reshape(-1, pixels, pixels).sum(axis=0)
    lit = np.where(image > _SHOWN[0], image, np.nan)
    return draw_pixels(axes, lit, measured["width"], LogNorm(*_SHOWN))


def draw_compression(frame: Frame, measured: Mapping[str, Mapping[str, Any]], output: Path) -> None:
    """Draw the error of the mass against the bytes that a jet takes, for all networks.

    Parameters
    ----------
    frame
        What figures have in common.
    measured
        By network, what `rapidmass.studies.jet_images.measure.measure_images` gave.
    output
        Where to write, without suffix.
    """
    rows = {name: one["compression"] for name, one in measured.items()}
    with write_figure(output, {**frame.describe(), "compression": rows}, WIDE) as figure:
        axes = figure.add_axes((0.1, 0.12, 0.6, 0.84))
        for (name, found), marker in zip(rows.items(), _LINES * len(rows), strict=False):
            shown = [row for row in found if row["name"].startswith("latent")]
            axes.plot(
                [row["bytes"] for row in shown],
                [row["mass"]["half_95"] for row in shown],
                marker=marker,
                label=frame.get_label(name),
            )
        without = [row for row in next(iter(rows.values())) if not row["name"].startswith("latent")]
        for row in without:
            axes.axvline(row["bytes"], color="#909090", linestyle=":", linewidth=1)
            axes.text(
                row["bytes"], 0.98, row["name"], rotation=90, fontsize=9, ha="right", va="top",
                transform=axes.get_xaxis_transform(),
            )  # fmt: skip
        axes.set_xscale("log")
        axes.set_xlabel("Bytes of a jet")
        axes.set_ylabel("Residual of the mass, 95 % half-width")
        axes.set_ylim(bottom=0)
        axes.legend(loc="upper left", bbox_to_anchor=(1.01, 1))
