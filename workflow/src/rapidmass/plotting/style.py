"""What all figures share: style, colours, names, and how they are written."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any

import matplotlib as mpl
import matplotlib.patheffects
import mplhep
import numpy as np
from matplotlib.axes import Axes
from matplotlib.cbook import is_math_text
from matplotlib.figure import Figure
from matplotlib.mathtext import MathTextParser
from matplotlib.ticker import ScalarFormatter

from rapidmass.config.report.plots import PlotSettings
from rapidmass.plotting.canvas import Canvas
from rapidmass.provenance.atomic_files import write_json, write_whole

# M. A. Petroff's ten colours (arXiv:2107.02270), which remain distinct for the colour-blind, and
# two more that differ from them in lightness.
CHANNEL_COLOURS = (
    "#3f90da", "#ffa90e", "#bd1f01", "#94a4a2", "#832db6", "#a96b59",
    "#e76300", "#b9ac70", "#717581", "#92dadd", "#0b3d2e", "#ffe8a3",
)  # fmt: skip
HATCHES = ("", "///", "\\\\\\", "xxx")
SIGNAL_COLOURS = ("#d6006c", "#000000", "#0033cc", "#00734d")
SIGNAL_LINES = ("-", "--", "-.", ":")
BAND: Mapping[str, Any] = MappingProxyType(
    {"facecolor": "none", "edgecolor": "#404040", "hatch": "////", "linewidth": 0}
)
STYLE = {
    **mplhep.style.ATLAS,
    "mathtext.fontset": "stixsans",  # which has roots
    "ytick.major.size": 8,
    "ytick.minor.size": 4,
    "hatch.linewidth": 0.6,
}
WIDE, SQUARE = (10.5, 6.4), (8.0, 7.4)
MARGIN = 0.12  # inches
DPI = 150
WORDS = ("experiment", "label", "data_status", "data_label")  # of the settings, in figures


def _keep_readable(text: str) -> str:
    """Show a text as it is written where it is no formula, in spite of the signs for one."""
    if is_math_text(text):
        try:
            MathTextParser("path").parse(text)
        except ValueError:
            return text.replace("$", r"\$")
    return text


@dataclass(frozen=True)
class Frame:
    """What the figures of a selection have in common.

    Parameters
    ----------
    plots
        How figures look.
    selection
        Name of the selection.
    channels, signals
        Its background channels and signals: their order decides colours.
    luminosity
        Luminosity in pb^-1 that simulation is scaled to; 0 where it is not scaled.
    sqrt_s
        Centre-of-mass energy in GeV.
    architecture
        Name of the network, where there is one.
    """

    plots: PlotSettings
    selection: str
    channels: Sequence[str]
    signals: Sequence[str]
    luminosity: float = 0.0
    sqrt_s: float = 13000.0
    architecture: str | None = None

    @classmethod
    def parse(cls, block: Mapping[str, Any]) -> "Frame":
        """Make a frame from its fields in JSON types."""
        plots = PlotSettings.model_validate(block["plots"])
        words = {name: _keep_readable(getattr(plots, name)) for name in WORDS}
        labels = {name: _keep_readable(label) for name, label in plots.channel_labels.items()}
        axes = {name: _keep_readable(label) for name, label in plots.variable_labels.items()}
        changes = {**words, "channel_labels": labels, "variable_labels": axes}
        plots = plots.model_copy(update=changes)
        return cls(**{**block, "plots": plots})

    def get_label(self, name: str) -> str:
        """Get what a legend calls a channel or signal."""
        return self.plots.channel_labels.get(name, name.replace("_", " "))

    def get_look(self, channel: str) -> dict[str, Any]:
        """Get `facecolor` and `hatch` of a channel, the same in every figure."""
        chosen = self.plots.channel_colours
        if channel in chosen:
            return {"facecolor": chosen[channel], "hatch": ""}
        taken = {colour.lower() for colour in chosen.values()}
        free = [colour for colour in CHANNEL_COLOURS if colour not in taken] or CHANNEL_COLOURS
        index = [name for name in self.channels if name not in chosen].index(channel)
        rounds = index // len(free)
        return {"facecolor": free[index % len(free)], "hatch": HATCHES[rounds % len(HATCHES)]}

    def get_line(self, signal: str) -> dict[str, Any]:
        """Get `color` and `linestyle` of a signal, the same in every figure."""
        index = list(self.signals).index(signal)
        rounds = index // len(SIGNAL_COLOURS)
        return {
            "color": SIGNAL_COLOURS[index % len(SIGNAL_COLOURS)],
            "linestyle": SIGNAL_LINES[(index + rounds) % len(SIGNAL_LINES)],
        }

    def describe(self) -> dict[str, Any]:
        """Describe selection, network and luminosity in JSON types."""
        scaled = {"luminosity": self.luminosity} if self.luminosity else {}
        return {
            "selection": self.selection,
            "architecture": self.architecture,
            **scaled,
            "sqrt_s": self.sqrt_s,
        }


@contextmanager
def write_figure(
    output: Path, numbers: Mapping[str, Any], size: tuple[float, float] = WIDE
) -> Iterator[Figure]:
    """Give an empty figure, and write what was drawn on it.

    Parameters
    ----------
    output
        Where to write, without suffix: `.png`, `.pdf` and `.json` are written whole, with nothing
        in them that depends on the time.
    numbers
        All numbers that are drawn, for the JSON file; what is not finite is written as null.
    size
        Width and height in inches.

    Yields
    ------
    Figure
        To draw on, in the common style.
    """
    with mpl.rc_context(STYLE):
        figure = Figure(figsize=size, dpi=DPI)
        Canvas(figure)
        yield figure
        _write_ticks_plainly(figure)
        box = figure.get_tightbbox().padded(MARGIN)  # nothing is cut off, however long a label
        with write_whole(_add_suffix(output, ".png")) as path:
            figure.savefig(path, bbox_inches=box, metadata={"Software": None})
        with write_whole(_add_suffix(output, ".pdf")) as path:
            figure.savefig(path, bbox_inches=box, metadata={"CreationDate": None})
    write_json(_add_suffix(output, ".json"), list_numbers(numbers))


class PlainTicks(ScalarFormatter):
    """Numbers at ticks as text, with powers of ten beside the axis as a formula.

    In the field's styles each number is a formula, which looks the same and takes long.
    """

    def __call__(self, x: float, pos: int | None = None) -> str:
        """Write the number at a tick."""
        text: str = super().__call__(x, pos)
        return text.removeprefix(r"$\mathdefault{").removesuffix("}$")


def _write_ticks_plainly(figure: Figure) -> None:
    for axes in figure.axes:
        for axis in (axes.xaxis, axes.yaxis):
            if type(axis.get_major_formatter()) is ScalarFormatter:
                axis.set_major_formatter(PlainTicks())


def _add_suffix(output: Path, suffix: str) -> Path:
    return output.with_name(output.name + suffix)


def list_numbers(content: Any) -> Any:  # noqa: ANN401
    """Turn numbers into what JSON can hold.

    Parameters
    ----------
    content
        Mappings, sequences, arrays and numbers, nested.

    Returns
    -------
    dict, list, float, str or None
        Arrays become lists, what is not finite None.
    """
    if isinstance(content, Mapping):
        return {str(key): list_numbers(value) for key, value in content.items()}
    if isinstance(content, np.ndarray | np.generic):
        content = content.tolist()
    if isinstance(content, list | tuple):
        return [list_numbers(value) for value in content]
    if isinstance(content, float):
        return content if np.isfinite(content) else None
    return content


def leave_headroom(axes: Axes, bottom: float, top: float, share: float = 0.3) -> None:
    """Set the range of the vertical axis so that a share of it above `top` stays free.

    Parameters
    ----------
    axes
        With its final scale.
    bottom, top
        Range to show; positive on a logarithmic axis.
    share
        Free share of the height.
    """
    if axes.get_yscale() == "log":
        decades = np.log10(top / bottom) / (1 - share)
        axes.set_ylim(bottom, bottom * 10**decades)
    else:
        axes.set_ylim(bottom, bottom + (top - bottom) / (1 - share))


def make_halo(width: float = 4.0) -> list[matplotlib.patheffects.AbstractPathEffect]:
    """Make a white rim for lines that cross a stack of colours.

    Parameters
    ----------
    width
        Width of the rim in points.

    Returns
    -------
    list
        For the option `path_effects`.
    """
    return [matplotlib.patheffects.withStroke(linewidth=width, foreground="white")]


def choose_cut_colours(quantiles: Sequence[float]) -> dict[float, str]:
    """Choose the colour of each cut on the score, the same in every figure.

    Parameters
    ----------
    quantiles
        Cuts, 0 is none.

    Returns
    -------
    dict
        Colour by quantile: grey without a cut, then from light to dark.
    """
    cuts = sorted(quantile for quantile in quantiles if quantile > 0)
    shades = mpl.colormaps["plasma"](np.linspace(0.75, 0.05, max(len(cuts), 2)))
    colours = {cut: mpl.colors.to_hex(shade) for cut, shade in zip(cuts, shades, strict=False)}
    return {0.0: "#606060", **colours}
