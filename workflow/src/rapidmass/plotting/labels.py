"""What is written beside the numbers: corner label, legend, cuts, units."""

from collections.abc import Sequence
from typing import Any

from matplotlib.axes import Axes
from matplotlib.text import Text
from matplotlib.transforms import ScaledTranslation

from rapidmass.plotting.style import Frame


def add_corner(
    axes: Axes,
    frame: Frame,
    *lines: str,
    luminosity: float | None = None,
    status: str | None = None,
) -> None:
    """Write experiment, energy, luminosity, selection and network into the upper left corner.

    Parameters
    ----------
    axes
        Where to write.
    frame
        What to write.
    lines
        Further lines.
    luminosity
        In pb^-1, where it differs from that of the frame.
    status
        Word behind the experiment, where it differs from that of simulation; may be empty.
    """
    name = _write_name(axes, frame, (0.04, 0.95), "top", status)
    shown = format_luminosity(frame.luminosity if luminosity is None else luminosity)
    words = [word for word in (frame.selection, frame.architecture) if word]
    text = [f"{format_energy(frame.sqrt_s)}, {shown}", ", ".join(words), *lines]
    for k, line in enumerate(text):
        axes.annotate(
            line, (0, 0), xycoords=name, xytext=(0, -22 - 20 * k), textcoords="offset points",
            va="baseline", fontsize=14,
        )  # fmt: skip


def add_heading(axes: Axes, frame: Frame, text: str) -> None:
    """Write what the corner label says above the axes, where a map leaves no room inside.

    Parameters
    ----------
    axes
        Where to write.
    frame
        What to write.
    text
        What the map shows.
    """
    _write_name(axes, frame, (0.0, 1.065), "baseline")
    options: dict[str, Any] = {"transform": axes.transAxes, "fontsize": 14}
    energy = format_energy(frame.sqrt_s)
    axes.text(1.0, 1.065, f"{energy}, {frame.selection}", ha="right", **options)
    axes.text(0.0, 1.02, text, **options)


def stack_heading(axes: Axes, frame: Frame, text: str) -> None:
    """Write the same in rows above each other, where a map may be narrower than one row.

    Parameters
    ----------
    axes
        What is below.
    frame
        What to write.
    text
        What the map shows.
    """
    words = [word for word in (frame.selection, frame.architecture) if word]
    name = _write_name(axes, frame, (0.0, 1.0), "baseline")
    name.set_transform(axes.transAxes + ScaledTranslation(0, 54 / 72, axes.figure.dpi_scale_trans))
    for height, line in ((31, ", ".join([format_energy(frame.sqrt_s), *words])), (10, text)):
        axes.annotate(
            line, (0, 1), xycoords="axes fraction", xytext=(0, height), textcoords="offset points",
            va="baseline", fontsize=13,
        )  # fmt: skip


def _write_name(
    axes: Axes, frame: Frame, place: tuple[float, float], align: str, status: str | None = None
) -> Text:
    options: dict[str, Any] = {"va": align, "fontsize": 18, "weight": "bold", "style": "italic"}
    name = axes.text(*place, frame.plots.experiment, transform=axes.transAxes, **options)
    # aligned with the lower edge of the name, which is below its baseline where a letter descends
    axes.annotate(
        frame.plots.label if status is None else status, (1, 0), xycoords=name, xytext=(6, 0),
        textcoords="offset points", va="bottom", fontsize=18,
    )  # fmt: skip
    return name


def format_energy(sqrt_s: float) -> str:
    """Write a centre-of-mass energy.

    Parameters
    ----------
    sqrt_s
        In GeV.

    Returns
    -------
    str
        In TeV; LaTeX between `$`.
    """
    return rf"$\sqrt{{s}}$ = {sqrt_s / 1000:.4g} TeV"


def format_luminosity(luminosity: float) -> str:
    """Write a luminosity.

    Parameters
    ----------
    luminosity
        In pb^-1.

    Returns
    -------
    str
        In fb^-1, or in pb^-1 where it is small; LaTeX between `$`.
    """
    if luminosity < 100:
        return rf"{luminosity:.4g} $\mathrm{{pb}}^{{-1}}$"
    return rf"{luminosity / 1000:.4g} $\mathrm{{fb}}^{{-1}}$"


def format_score(score: float) -> str:
    """Write a score, with a minus sign that is one."""
    return f"{score:.2f}".replace("-", "−")


def describe_cut(quantile: float, threshold: float | None) -> str:
    """Describe a cut on the score.

    Parameters
    ----------
    quantile
        Share of the background that it removes.
    threshold
        Scores above it pass; None: all do.

    Returns
    -------
    str
        For legends and labels.
    """
    if threshold is None:
        return "no cut on the score"
    return f"score > {format_score(threshold)} (removes {100 * quantile:.10g} %)"


def add_legend(axes: Axes, handles: Sequence[Any], labels: Sequence[str]) -> None:
    """Put a legend to the right of the axes, where it covers nothing.

    Parameters
    ----------
    axes
        What it belongs to.
    handles, labels
        Its entries.
    """
    axes.legend(
        handles, labels, loc="upper left", bbox_to_anchor=(1.0, 1.02), borderaxespad=0.0,
        fontsize=13, handlelength=1.8,
    )  # fmt: skip
