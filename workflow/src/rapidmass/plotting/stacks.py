"""Stacked backgrounds with signals on top: what score figures and spectra share."""

from collections.abc import Mapping, Sequence
from typing import Any

import hist
import mplhep
import numpy as np
from matplotlib.axes import Axes
from numpy.typing import ArrayLike, NDArray

from rapidmass.plotting.style import (
    BAND,
    Frame,
    leave_headroom,
    make_halo,
)

Bins = Mapping[str, Any]  # `values` and `variances`, one number a bin
DECADES = 3.5  # below the lowest peak: what is shown of its tails
MOST_DECADES = 13.0


def make_histogram(edges: NDArray[np.float64], bins: Bins) -> hist.Hist[Any]:
    """Make a histogram of contents that were counted before.

    Parameters
    ----------
    edges
        Shape (bins + 1,).
    bins
        `values` and `variances`.

    Returns
    -------
    hist.Hist
        With weights.
    """
    histogram = hist.Hist(hist.axis.Variable(edges), storage=hist.storage.Weight())
    histogram.values()[...] = bins["values"]
    variances = histogram.variances()
    assert variances is not None  # this storage has them
    variances[...] = bins["variances"]
    return histogram


def add_bins(parts: Sequence[Bins], bins: int) -> dict[str, Any]:
    """Add histograms.

    Parameters
    ----------
    parts
        With the same bins.
    bins
        Their number; the sum of no part is 0.

    Returns
    -------
    dict
        `values` and `variances`.
    """
    kinds = ("values", "variances")
    return {kind: np.sum([np.zeros(bins), *(p[kind] for p in parts)], axis=0) for kind in kinds}


def draw_stack(
    axes: Axes,
    frame: Frame,
    edges: NDArray[np.float64],
    channels: Mapping[str, Bins],
    systematics: Mapping[str, Any] | None = None,
) -> tuple[list[Any], list[str]]:
    """Draw the stacked backgrounds, their sum, and its uncertainty.

    Parameters
    ----------
    axes
        Where to draw.
    frame
        Names and colours.
    edges
        Shape (bins + 1,).
    channels
        Contents by channel. The smallest goes to the bottom. Negative bins of a channel are left
        out of the stack, not of the sum.
    systematics
        `total`, the absolute systematic uncertainty of each bin: added to the statistical one.

    Returns
    -------
    handles, labels
        For the legend, from the top of the stack to the bottom.
    """
    filled = {name: bins for name, bins in channels.items() if np.any(bins["values"])}
    order = sorted(filled, key=lambda name: float(np.sum(filled[name]["values"])))
    handles: list[Any] = []
    base = np.zeros(len(edges) - 1)
    for name in order:
        top = base + np.maximum(filled[name]["values"], 0.0)
        handles.append(
            axes.stairs(
                top, edges, baseline=base, fill=True, **frame.get_look(name),
                edgecolor="#404040", linewidth=0.5,
            )
        )  # fmt: skip
        base = top
    handles.reverse()
    labels = [frame.get_label(name) for name in reversed(order)]
    total = add_bins(list(channels.values()), len(edges) - 1)
    if filled:
        error = add_systematics(total["variances"], systematics)
        handles[:0] = [draw_band(axes, edges, total["values"], error)]
        labels[:0] = [f"Background, MC stat.{'' if systematics is None else ' + syst.'}"]
        axes.stairs(total["values"], edges, color="black", linewidth=1.0, baseline=None)
    return handles, labels


def add_systematics(
    variances: ArrayLike, systematics: Mapping[str, Any] | None
) -> NDArray[np.float64]:
    """Add the systematic uncertainty of bins to the statistical one, in quadrature.

    Parameters
    ----------
    variances
        Shape (bins,): statistical ones.
    systematics
        `total`, the absolute systematic uncertainty of each bin; None: there is none.

    Returns
    -------
    ndarray of float64, shape (bins,)
        Absolute uncertainty.
    """
    statistical = np.sqrt(np.asarray(variances, dtype=np.float64))
    if systematics is None:
        return statistical
    return np.hypot(statistical, np.asarray(systematics["total"], dtype=np.float64))


def scale_systematics(systematics: Mapping[str, Any], factor: float) -> dict[str, Any]:
    """Scale the systematic uncertainties of bins.

    Parameters
    ----------
    systematics
        `shifts`, differences in each bin by name, and `total`.
    factor
        What to multiply with.

    Returns
    -------
    dict
        The same for scaled contents.
    """
    shifts = {name: factor * np.asarray(bins) for name, bins in systematics["shifts"].items()}
    return {"shifts": shifts, "total": factor * np.asarray(systematics["total"])}


def draw_band(axes: Axes, edges: NDArray[np.float64], centre: ArrayLike, error: ArrayLike) -> Any:  # noqa: ANN401
    """Draw a hatched band.

    Parameters
    ----------
    axes
        Where to draw.
    edges
        Shape (bins + 1,).
    centre, error
        Shape (bins,): middle and half width; NaN leaves a gap.

    Returns
    -------
    StepPatch
        For the legend.
    """
    middle, half = np.asarray(centre), np.asarray(error)
    return axes.stairs(middle + half, edges, baseline=middle - half, fill=True, **BAND)


def draw_signals(
    axes: Axes, frame: Frame, edges: NDArray[np.float64], signals: Mapping[str, Bins]
) -> tuple[list[Any], list[str]]:
    """Draw signals as lines over the stack.

    Parameters
    ----------
    axes
        Where to draw.
    frame
        Names and colours.
    edges
        Shape (bins + 1,).
    signals
        Contents by signal.

    Returns
    -------
    handles, labels
        For the legend; signals without events are left out.
    """
    handles, labels = [], []
    for name, bins in signals.items():
        if not np.any(bins["values"]):
            continue
        (artists,) = mplhep.histplot(
            make_histogram(edges, bins), ax=axes, yerr=False, flow="none", linewidth=2.2,
            **frame.get_line(name),
        )  # fmt: skip
        artists.stairs.set_path_effects(make_halo())
        handles.append(axes.plot([], [], linewidth=2.2, **frame.get_line(name))[0])
        labels.append(frame.get_label(name))
    return handles, labels


def set_log_scale(axes: Axes, contents: Sequence[ArrayLike], share: float = 0.32) -> None:
    """Make the vertical axis logarithmic, and show the peaks of all contents.

    Parameters
    ----------
    axes
        The axes.
    contents
        What is drawn: each of shape (bins,).
    share
        Share of the height to leave free for the corner label.
    """
    arrays = [np.asarray(content, dtype=np.float64) for content in contents]
    peaks = [float(array.max()) for array in arrays if array.size and array.max() > 0]
    top, low = (max(peaks), min(peaks)) if peaks else (10.0, 10.0)
    bottom = max(low / 10**DECADES, top / 10**MOST_DECADES)
    axes.set_yscale("log")
    leave_headroom(axes, bottom, 1.5 * top, share)
