"""Distributions of the anomaly score."""

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.compute as pc
import pyarrow.parquet as pq
from hist.intervals import poisson_interval
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import NDArray

from rapidmass.config.search.scan import Axis
from rapidmass.plotting.labels import add_corner, add_legend, describe_cut, format_score
from rapidmass.plotting.stacks import (
    Bins,
    add_bins,
    add_systematics,
    draw_band,
    draw_signals,
    draw_stack,
    scale_systematics,
    set_log_scale,
)
from rapidmass.plotting.style import Frame, choose_cut_colours, make_halo, write_figure
from rapidmass.scores.read import ScoredEvents
from rapidmass.search.histograms import Filling, fill_histogram

XLABEL = r"Anomaly score, $\log_{10}$ of the squared error"
RATIO = (0.4, 1.6)
PLACE = (0.12, 0.12, 0.6, 0.84)


def fill_channels(
    axis: Axis, background: Iterable[ScoredEvents], channels: Sequence[str], scale: float = 1.0
) -> dict[str, Bins]:
    """Fill one histogram of the score a channel.

    Parameters
    ----------
    axis
        Bins of the score; the first and the last take what lies outside.
    background
        Scored events, in pieces.
    channels
        Names of the channels.
    scale
        Multiplies the weights.

    Returns
    -------
    dict
        `values` and `variances` by channel.
    """
    filled = {name: Filling(axis) for name in channels}
    for events in background:
        for name, filling in filled.items():
            chosen = events.channel == name
            filling.add(events.score[chosen], events.weight[chosen] * scale)
    return {name: filling.describe() for name, filling in filled.items()}


def read_data(paths: Sequence[Path], threshold: float | None) -> NDArray[np.float64]:
    """Read the scores of data that may be looked at.

    Parameters
    ----------
    paths
        Files of scores.
    threshold
        The lowest cut of the scan. Events at or above it are not handed out by the reader.
        None: the search is unblinded.

    Returns
    -------
    ndarray of float64, shape (events,)
        Scores below the threshold.
    """
    shown = None if threshold is None else pc.field("score") < threshold
    tables = [
        pq.read_table(path, columns=["score"], filters=shown, use_threads=False) for path in paths
    ]
    return np.concatenate([np.zeros(0), *(table["score"].to_numpy() for table in tables)])


def draw_scores(
    frame: Frame,
    axis: Axis,
    background: Iterable[ScoredEvents],
    signals: Mapping[str, ScoredEvents],
    thresholds: Mapping[float, float],
    output: Path,
    systematics: Mapping[str, Any] | None = None,
) -> None:
    """Draw the score of the test set, stacked by channel, with signals and cuts.

    Parameters
    ----------
    frame
        What figures have in common.
    axis
        Bins of the score.
    background
        Scored test set in pieces, scaled to the whole background.
    signals
        Scored signals, by name.
    thresholds
        Thresholds of the cuts by quantile.
    output
        Where to write, without suffix.
    systematics
        What variations do to the background in each bin, as from
        `rapidmass.search.shift_effects.describe_differences`.
    """
    channels = fill_channels(axis, background, frame.channels)
    filled = {name: fill_histogram(axis, s.score, s.weight) for name, s in signals.items()}
    total = add_bins(list(channels.values()), axis.bins)
    numbers = {
        **frame.describe(),
        "edges": axis.edges,
        "channels": channels,
        "background": total,
        "signals": filled,
        "cuts": [{"quantile": q, "threshold": t} for q, t in thresholds.items()],
        **({} if systematics is None else {"systematics": systematics}),
    }
    with write_figure(output, numbers) as figure:
        axes = figure.add_axes(PLACE)
        handles, labels = draw_stack(axes, frame, axis.edges, channels, systematics)
        more = draw_signals(axes, frame, axis.edges, filled)
        cuts = _draw_cuts(axes, thresholds)
        contents: list[Any] = [total["values"], *(bins["values"] for bins in filled.values())]
        set_log_scale(axes, contents)
        _set_range(axes, axis, contents, list(thresholds.values()))
        axes.set_xlabel(XLABEL)
        axes.set_ylabel(f"Events / {axis.step:g}")
        add_corner(axes, frame)
        add_legend(axes, handles + more[0] + cuts[0], labels + more[1] + cuts[1])


def _draw_cuts(axes: Axes, thresholds: Mapping[float, float]) -> tuple[list[Any], list[str]]:
    colours = choose_cut_colours(list(thresholds))
    handles, labels = [], []
    for quantile, threshold in thresholds.items():
        line = axes.axvline(
            threshold, ymax=0.7, color=colours[quantile], linewidth=2,
            path_effects=make_halo(),
        )  # fmt: skip
        handles.append(line)
        labels.append(describe_cut(quantile, threshold))
    return handles, labels


def _set_range(
    axes: Axes, axis: Axis, contents: Sequence[Any], marks: Sequence[float] = ()
) -> None:
    """Show the filled bins and a margin, not the whole axis."""
    filled = np.flatnonzero(np.any([np.asarray(content) != 0 for content in contents], axis=0))
    if filled.size:
        low = min([axis.edges[filled[0]], *marks]) - 2 * axis.step
        high = max([axis.edges[filled[-1] + 1], *marks]) + 2 * axis.step
        axes.set_xlim(max(low, axis.start), min(high, axis.stop))
    else:
        axes.set_xlim(axis.start, axis.stop)


def draw_data(
    frame: Frame,
    axis: Axis,
    background: Iterable[ScoredEvents],
    data: NDArray[np.float64],
    *,
    threshold: float | None,
    luminosity: float,
    output: Path,
    systematics: Mapping[str, Any] | None = None,
) -> None:
    """Draw the score of data and of simulation: below every cut of the search, or unblinded.

    Parameters
    ----------
    frame
        What figures have in common.
    axis
        Bins of the score.
    background
        Scored test set in pieces, scaled to the whole background at the frame's luminosity;
        without events that are blinded where they are data.
    data
        Scores of data, from `read_data`.
    threshold
        The lowest cut: simulation above it is left out too. None: the search is unblinded.
    luminosity
        Luminosity of the data in pb^-1: what simulation is scaled to.
    output
        Where to write, without suffix.
    systematics
        What variations do to the simulation that is shown, at the frame's luminosity, as from
        `rapidmass.search.shift_effects.describe_differences`.

    Raises
    ------
    ValueError
        If an event of data lies above the threshold.
    """
    limit = np.inf if threshold is None else threshold
    if np.any(data > limit):
        raise ValueError(
            f"{np.count_nonzero(data > limit)} events of data have a score above {limit:g}, where "
            "the search is blinded; read them with read_data"
        )
    share = luminosity / frame.luminosity
    shown = (events.select(events.score < limit) for events in background)
    channels = fill_channels(axis, shown, frame.channels, share)
    total = add_bins(list(channels.values()), axis.bins)
    varied = None if systematics is None else scale_systematics(systematics, share)
    observed = np.array(fill_histogram(axis, data, np.ones(len(data)))["values"])
    interval = poisson_interval(observed)
    ratio = observed / np.where(total["values"] > 0, total["values"], np.nan)
    numbers = {
        **frame.describe(),
        "luminosity": luminosity,
        "threshold": threshold,
        "edges": axis.edges,
        "channels": channels,
        "background": total,
        "data": {"values": observed, "low": interval[0], "high": interval[1]},
        "ratio": ratio,
        **({} if varied is None else {"systematics": varied}),
    }
    with write_figure(output, numbers) as figure:
        axes, handles, labels = _draw_stack_below(figure, frame, axis, channels, limit, varied)
        points = _draw_points(axes[0], axis, observed, interval)
        set_log_scale(axes[0], [total["values"], observed], share=0.38)
        marks = [] if threshold is None else [threshold]
        _set_range(axes[0], axis, [total["values"], observed], marks)
        notes = [f"score below {format_score(mark)}, blinded above" for mark in marks]
        status = frame.plots.data_status  # measured events are no simulation
        add_corner(axes[0], frame, *notes, luminosity=luminosity, status=status)
        add_legend(axes[0], [points, *handles], [frame.plots.data_label, *labels])
        error = add_systematics(total["variances"], varied)
        _draw_ratio(axes[1], axis, observed, interval, (total["values"], error))


def _draw_stack_below(
    figure: Figure,
    frame: Frame,
    axis: Axis,
    channels: Mapping[str, Bins],
    threshold: float,
    systematics: Mapping[str, Any] | None,
) -> tuple[tuple[Axes, Axes], list[Any], list[str]]:
    """Draw the stack into the upper of two panels; grey is what lies above the threshold."""
    upper = figure.add_axes((0.12, 0.34, 0.6, 0.62))
    lower = figure.add_axes((0.12, 0.12, 0.6, 0.2), sharex=upper)
    handles, labels = draw_stack(upper, frame, axis.edges, channels, systematics)
    upper.set_ylabel(f"Events / {axis.step:g}")
    upper.tick_params(labelbottom=False)
    for panel in (upper, lower) if np.isfinite(threshold) else ():
        panel.axvspan(threshold, axis.stop, color="#eeeeee", zorder=0)
    return (upper, lower), handles, labels


def _draw_points(
    axes: Axes, axis: Axis, values: NDArray[np.float64], interval: NDArray[np.float64]
) -> Any:  # noqa: ANN401
    shown = np.isfinite(values) & (values > 0)
    centres = (axis.edges[:-1] + axis.edges[1:]) / 2
    errors = np.abs(interval - values)[:, shown]
    return axes.errorbar(
        centres[shown], values[shown], errors, fmt="o", color="black", markersize=4.5, linewidth=1.2
    )


def _mark_outside(axes: Axes, axis: Axis, ratio: NDArray[np.float64]) -> None:
    """Draw arrowheads where a ratio lies outside the panel."""
    centres = (axis.edges[:-1] + axis.edges[1:]) / 2
    for outside, place, marker in (
        (ratio > RATIO[1], RATIO[1] - 0.07, "^"),
        ((ratio < RATIO[0]) & (ratio > 0), RATIO[0] + 0.07, "v"),
    ):
        axes.plot(
            centres[outside], np.full(np.count_nonzero(outside), place), marker, color="#bd1f01",
            markersize=7,
        )  # fmt: skip


def _draw_ratio(
    axes: Axes,
    axis: Axis,
    observed: NDArray[np.float64],
    interval: NDArray[np.float64],
    total: tuple[NDArray[np.float64], NDArray[np.float64]],
) -> None:
    expected, error = total
    positive = expected > 0
    safe = np.where(positive, expected, np.nan)
    band = np.where(positive, error / safe, 0.0)
    draw_band(axes, axis.edges, np.where(positive, 1.0, np.nan), band)
    axes.axhline(1.0, color="black", linewidth=1)
    ratio = observed / safe
    _draw_points(axes, axis, ratio, interval / safe)
    _mark_outside(axes, axis, ratio)
    axes.set_ylim(*RATIO)
    axes.set_yticks([0.5, 1.0, 1.5])
    axes.set_xlabel(XLABEL)
    axes.set_ylabel("Ratio to MC", loc="center", fontsize=14)
