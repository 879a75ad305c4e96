"""A feature of data and simulation: a stack with its ratio."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
from hist.intervals import poisson_interval
from matplotlib.axes import Axes
from numpy.typing import NDArray

from rapidmass.plotting.features import label_feature
from rapidmass.plotting.labels import add_corner, add_legend
from rapidmass.plotting.stacks import (
    Bins,
    add_bins,
    add_systematics,
    draw_band,
    draw_stack,
    set_log_scale,
)
from rapidmass.plotting.style import Frame, write_figure
from rapidmass.representations.rmm.layout import Layout
from rapidmass.statistics.significance import combine_shifts

Array = NDArray[np.float64]

RATIOS = ((0.4, 1.6), (0.0, 2.0), (0.0, 4.0), (0.0, 10.0))  # ranges of the lower panel
INSIDE = 0.8  # share of the ratios that its range must hold
MARK = "#bd1f01"
FEW_CATEGORIES = 8


def draw_feature(
    frame: Frame,
    layout: Layout,
    numbers: Mapping[str, Any],
    feature: Mapping[str, Any],
    histograms: pa.Table,
    output: Path,
    region: Mapping[str, Any] | None = None,
) -> None:
    """Draw a feature of data and stacked simulation, with their ratio.

    Parameters
    ----------
    frame
        What figures have in common, with the luminosity of data.
    layout
        Layout of the matrix.
    numbers
        Of the comparison: systematic uncertainties, and whether something is blinded.
    feature
        Numbers of the feature.
    histograms
        Rows of the feature, as `rapidmass.studies.data_comparison.measure` writes them.
    output
        Where to write, without suffix.
    region
        Numbers of the region whose events are drawn. None: all that are compared.
    """
    bins = _collect_bins(frame, layout, numbers, histograms)
    drawn = {name: part for name, part in asdict(bins).items() if part is not None}
    with write_figure(output, {**frame.describe(), "feature": feature, **drawn}) as figure:
        upper = figure.add_axes((0.12, 0.34, 0.6, 0.62))
        lower = figure.add_axes((0.12, 0.12, 0.6, 0.2), sharex=upper)
        uncertainty = {"total": bins.systematic}
        handles, labels = draw_stack(upper, frame, bins.edges, bins.channels, uncertainty)
        points = _draw_points(upper, bins, np.ones_like(bins.data))
        set_log_scale(upper, [bins.background["values"], bins.data], share=0.42)
        name = str(feature["name"])
        label = frame.plots.variable_labels.get(name) or label_feature(layout, name)
        upper.set_ylabel(_label_events(bins, label))
        upper.tick_params(labelbottom=False)
        lines = [*_say_which(numbers, region), _write_tests(feature)]
        add_corner(upper, frame, *lines, status=frame.plots.data_status)
        add_legend(upper, [points, *handles], [frame.plots.data_label, *labels])
        _draw_ratio(lower, bins)
        _mark_categories(lower, bins.labels)
        lower.set_xlim(bins.edges[0], bins.edges[-1])
        lower.set_xlabel(label)


def _say_which(numbers: Mapping[str, Any], region: Mapping[str, Any] | None) -> list[str]:
    """Say which events are drawn."""
    words = [] if region is None else [f"region {region['name'].replace('_', ' ')}"]
    if numbers["thresholds"] and not (region and region["control"]):
        words.append("below all cuts on the score")
    return [", ".join(words)] if words else []


@dataclass(frozen=True)
class _Bins:
    """What is drawn of a feature; arrays of shape (bins,)."""

    edges: Array
    labels: Sequence[str]
    channels: Mapping[str, Bins]
    background: Bins
    systematic: Array
    data: Array
    interval: Array
    shifts: Mapping[str, Array] | None  # None: there are no systematic variations


def _collect_bins(
    frame: Frame, layout: Layout, numbers: Mapping[str, Any], histograms: pa.Table
) -> _Bins:
    listed = histograms.to_pylist()
    shifts = {row["shift"]: np.array(row["values"]) for row in listed if row.get("shift")}
    rows = {row["channel"]: row for row in listed if not row.get("shift")}
    data = rows.pop(None)
    kinds = ("values", "variances")
    channels = {name: {kind: rows[name][kind] for kind in kinds} for name in frame.channels}
    observed = np.array(data["values"], dtype=np.float64)
    edges = np.arange(len(observed) + 1) - 0.5 if data["edges"] is None else data["edges"]
    return _Bins(
        np.asarray(edges, dtype=np.float64),
        _label_categories(layout, data["feature"], data["labels"]),
        channels,
        add_bins(list(channels.values()), len(observed)),
        _sum_systematics(numbers, channels, shifts, len(observed)),
        observed,
        np.nan_to_num(poisson_interval(observed)),
        shifts or None,
    )


def _label_categories(layout: Layout, feature: str, labels: Sequence[str]) -> list[str]:
    """Mark the number of objects that stands for all larger ones: the matrix holds no more."""
    slots = layout.types.get(feature.removeprefix("n_"))
    return [f"≥{label}" if label == str(slots) else label for label in labels]


def _sum_systematics(
    numbers: Mapping[str, Any],
    channels: Mapping[str, Bins],
    shifts: Mapping[str, Array],
    bins: int,
) -> Array:
    """Add the systematic uncertainties of each bin in quadrature."""
    total = np.sum([np.zeros(bins), *(c["values"] for c in channels.values())], axis=0)
    squares = [np.zeros(bins)]
    squares += [(size * total) ** 2 for size in numbers["systematics"].values()]
    squares += [
        (size * np.array(channels[name]["values"])) ** 2
        for name, size in numbers["channel_systematics"].items()
    ]
    if shifts:
        sources = [numbers["shifts"][name] for name in shifts]
        squares.append(combine_shifts(np.array(list(shifts.values())), sources) ** 2)
    systematic: Array = np.sqrt(np.sum(squares, axis=0))
    return systematic


def _label_events(bins: _Bins, label: str) -> str:
    """Label the vertical axis with the width of a bin, in the unit that the other axis names."""
    if bins.labels:
        return "Events"
    unit = label[label.rfind("[") + 1 : -1] if label.endswith("]") else ""
    return f"Events / {bins.edges[1] - bins.edges[0]:.4g} {unit}".rstrip()


def _write_tests(feature: Mapping[str, Any]) -> str:
    words = []
    if feature["shape"] is not None:
        shape = feature["shape"]
        ratio, p_value = f"{shape['value']:.1f}/{shape['ndf']}", format_p(shape["p_value"])
        words.append(rf"shape $\chi^2$/ndf = {ratio}, $p$ = {p_value}")
    if feature["ks"] is not None:
        words.append(rf"KS $p$ = {format_p(feature['ks']['p_value'])}")
    return "; ".join(words) or "too few events for a test"


def format_p(p_value: float) -> str:
    """Format a p-value for a figure; LaTeX between `$`."""
    if p_value >= 1e-3:
        return f"{p_value:.2g}" if p_value < 0.1 else f"{p_value:.2f}"
    if p_value < 1e-99:
        return r"$<10^{-99}$"
    mantissa, exponent = f"{p_value:.0e}".split("e")
    return rf"${mantissa}\cdot 10^{{{int(exponent)}}}$"


def _draw_points(axes: Axes, bins: _Bins, scale: Array) -> Any:  # noqa: ANN401
    """Draw data divided by something, where there are any."""
    shown = np.isfinite(scale) & (bins.data > 0)
    centres = (bins.edges[:-1] + bins.edges[1:]) / 2
    errors = np.abs(bins.interval - bins.data) / scale
    return axes.errorbar(
        centres[shown], (bins.data / scale)[shown], errors[:, shown],
        fmt="o", color="black", markersize=4.5, linewidth=1.2,
    )  # fmt: skip


def _draw_ratio(axes: Axes, bins: _Bins) -> None:
    values = np.asarray(bins.background["values"])
    expected = np.where(values > 0, values, np.nan)
    error = add_systematics(bins.background["variances"], {"total": bins.systematic})
    middle = np.where(values > 0, 1.0, np.nan)
    draw_band(axes, bins.edges, middle, np.nan_to_num(error / expected))
    axes.axhline(1.0, color="black", linewidth=1)
    _draw_points(axes, bins, expected)
    centres, ratio = (bins.edges[:-1] + bins.edges[1:]) / 2, bins.data / expected
    low, high = _choose_range(ratio[ratio > 0])
    margin = 0.06 * (high - low)
    for outside, place, marker in (
        (ratio > high, high - margin, "^"),
        ((ratio < low) & (ratio > 0), low + margin, "v"),
    ):
        places = np.full(np.count_nonzero(outside), place)
        axes.plot(centres[outside], places, marker, color=MARK, markersize=7)
    axes.set_ylim(low, high)
    if (low, high) == RATIOS[0]:
        axes.set_yticks([0.5, 1.0, 1.5])
    axes.set_ylabel("Ratio to MC", loc="center", fontsize=14)


def _choose_range(ratio: Array) -> tuple[float, float]:
    """Choose the narrowest range that holds most of the ratios."""
    for low, high in RATIOS[:-1]:
        if np.count_nonzero((ratio >= low) & (ratio <= high)) >= INSIDE * len(ratio):
            return low, high
    return RATIOS[-1]


def _mark_categories(axes: Axes, labels: Sequence[str]) -> None:
    if labels:
        axes.set_xticks(np.arange(len(labels)), labels)
        axes.minorticks_off()
        axes.tick_params(axis="x", rotation=90 if len(labels) > FEW_CATEGORIES else 0)
