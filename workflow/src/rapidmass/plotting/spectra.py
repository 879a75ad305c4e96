"""Distributions of event variables behind cuts on the score."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from rapidmass.config.search.scan import Axis, VariableAxis
from rapidmass.plotting.labels import add_corner, add_legend, describe_cut
from rapidmass.plotting.stacks import (
    add_bins,
    draw_signals,
    draw_stack,
    set_log_scale,
)
from rapidmass.plotting.style import Frame, write_figure

AXIS_LABELS = {
    "met": r"$E_{\mathrm{T}}^{\mathrm{miss}}$ [GeV]",
    "m_ll": r"$m_{\ell\ell}$ [GeV]",
    "m_lll": r"$m_{\ell\ell\ell}$ [GeV]",
}


def label_axis(variable: str, axis: Axis | None) -> str:
    """Label the axis of an event variable, with its unit.

    Parameters
    ----------
    variable
        Its name.
    axis
        What the configuration says of it, if anything.

    Returns
    -------
    str
        LaTeX between `$`.
    """
    if not isinstance(axis, VariableAxis):
        return AXIS_LABELS.get(variable, variable)
    unit = f" [{axis.unit}]" if axis.unit else ""
    return f"{axis.label or variable}{unit}"


def draw_spectrum(
    frame: Frame,
    variable: str,
    cuts: Mapping[str, Mapping[str, Any]],
    output: Path,
    axis: Axis | None = None,
) -> None:
    """Draw a variable behind one cut on the score.

    Parameters
    ----------
    frame
        What figures have in common.
    variable
        Its name.
    cuts
        The same cut in the scan of each signal, by signal: an entry of the scan's `cuts`. The
        background is that of the first, and so are its systematic variations, if there are any.
    output
        Where to write, without suffix.
    axis
        Its axis, which may have a label; not needed of `met`, `m_ll` and `m_lll`.
    """
    first = next(iter(cuts.values()))
    spectrum = first["spectra"][variable]
    edges = np.array(spectrum["edges"])
    channels = {name: spectrum["channels"][name] for name in frame.channels}
    signals = {name: cut["spectra"][variable]["signal"] for name, cut in cuts.items()}
    total = add_bins(list(channels.values()), len(edges) - 1)
    systematics = spectrum.get("systematics", {}).get("background")
    numbers = {
        **frame.describe(),
        "variable": variable,
        "quantile": first["quantile"],
        "threshold": first["threshold"],
        "edges": edges,
        "channels": channels,
        "background": total,
        "signals": signals,
        **({"systematics": systematics} if systematics else {}),
    }
    with write_figure(output, numbers) as figure:
        axes = figure.add_axes((0.12, 0.12, 0.6, 0.84))
        handles, labels = draw_stack(axes, frame, edges, channels, systematics)
        more = draw_signals(axes, frame, edges, signals)
        set_log_scale(axes, [total["values"], *(bins["values"] for bins in signals.values())], 0.36)
        axes.set_xlim(edges[0], edges[-1])
        axes.set_xlabel(label_axis(variable, axis))
        axes.set_ylabel(f"Events / {edges[1] - edges[0]:g} GeV")
        add_corner(axes, frame, describe_cut(first["quantile"], first["threshold"]))
        add_legend(axes, handles + more[0], labels + more[1])
