"""Scores of the mixture of data and hidden signals: before the labels are read, and after."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import ArrayLike, NDArray

from rapidmass.plotting.labels import add_corner, add_legend
from rapidmass.plotting.stacks import (
    add_bins,
    add_systematics,
    draw_band,
    draw_stack,
    set_log_scale,
)
from rapidmass.plotting.style import Frame, leave_headroom, make_halo, write_figure

UPPER, LOWER = (0.12, 0.34, 0.6, 0.62), (0.12, 0.12, 0.6, 0.2)
WHOLE = (0.12, 0.12, 0.6, 0.84)
EXCESS = "#ffe9a8"
DATA = "#b8c4d0"
LARGE = 3.0  # from here on ratios are drawn on a logarithmic axis
Counts = Mapping[str, Sequence[float]]  # `values`, `low`, `high`, one number a bin


def draw_mixture(
    frame: Frame, result: Mapping[str, Any], output: Path, *, luminosity: float, unit: str = ""
) -> None:
    """Draw the mixture over the background that is expected, and their ratio.

    Parameters
    ----------
    frame
        What figures have in common; its architecture is the name of the score.
    result
        From `rapidmass.studies.blind_test.measure.study_mixture`.
    output
        Where to write, without suffix.
    luminosity
        Luminosity of the data in pb^-1.
    unit
        Unit of the score; empty without one.
    """
    spectrum = result["spectrum"]
    edges, counts = np.array(spectrum["edges"]), spectrum["mixture"]
    channels = {name: spectrum["channels"][name] for name in frame.channels}
    total = add_bins(list(channels.values()), len(edges) - 1)
    systematics = spectrum.get("systematics")
    numbers = {
        **frame.describe(),
        "luminosity": luminosity,
        **spectrum,
        "background": total,
        "excess": result["excess"]["best"],
    }
    with write_figure(output, numbers) as figure:
        upper, lower = _add_panels(figure, frame, edges, unit)
        handles, labels = draw_stack(upper, frame, edges, channels, systematics)
        points = _draw_points(upper, edges, counts)
        marks = _mark_excess((upper, lower), result["excess"]["best"], edges)
        set_log_scale(upper, [total["values"], counts["values"]], share=0.38)
        _write_corner(upper, frame, luminosity, describe_excess(result["excess"]["best"]))
        name = f"{frame.plots.data_label} + hidden signals"
        add_legend(upper, [points, *marks[0], *handles], [name, *marks[1], *labels])
        uncertainty = add_systematics(total["variances"], systematics)
        _draw_ratio(lower, edges, counts, total["values"], uncertainty)
        lower.set_ylabel("Ratio to MC", loc="center", fontsize=14)


def draw_unmixed(
    frame: Frame, result: Mapping[str, Any], output: Path, *, luminosity: float, unit: str = ""
) -> None:
    """Draw the mixture over the data that it was made from, and their ratio.

    Parameters
    ----------
    frame, result, output, luminosity, unit
        As in `draw_mixture`; the result with its `answer`.
    """
    spectrum, unmixed = result["spectrum"], result["answer"]["unmixed"]
    edges, counts = np.array(spectrum["edges"]), spectrum["mixture"]
    numbers = {
        **frame.describe(),
        "luminosity": luminosity,
        "edges": edges,
        "mixture": counts,
        "unmixed": unmixed,
    }
    before = np.array(unmixed["values"])
    with write_figure(output, numbers) as figure:
        upper, lower = _add_panels(figure, frame, edges, unit)
        filled = upper.stairs(before, edges, fill=True, facecolor=DATA, edgecolor="#404040")
        points = _draw_points(upper, edges, counts)
        set_log_scale(upper, [before, counts["values"]], share=0.38)
        _write_corner(upper, frame, luminosity)
        data = frame.plots.data_label
        add_legend(upper, [points, filled], [f"{data} + hidden signals", f"{data} before mixing"])
        _draw_ratio(lower, edges, counts, before, np.sqrt(before))
        lower.set_ylabel("Ratio", loc="center", fontsize=14)


def draw_answer(
    frame: Frame, result: Mapping[str, Any], output: Path, *, luminosity: float, unit: str = ""
) -> None:
    """Draw data and signals of the mixture apart.

    Parameters
    ----------
    frame, result, output, luminosity, unit
        As in `draw_mixture`; the result with its `answer`.
    """
    edges, answer = np.array(result["spectrum"]["edges"]), result["answer"]
    signals = {name: answer["signals"][name] for name in frame.signals if name in answer["signals"]}
    numbers = {**frame.describe(), "luminosity": luminosity, "edges": edges, **answer}
    data = np.array(answer["data"]["spectrum"]["values"])
    with write_figure(output, numbers) as figure:
        axes = figure.add_axes(WHOLE)
        handles: list[Any] = [
            axes.stairs(data, edges, fill=True, facecolor=DATA, edgecolor="#404040")
        ]
        labels = [f"{frame.plots.data_label} in the mixture"]
        for name, part in signals.items():
            line = axes.stairs(
                part["spectrum"]["values"], edges, baseline=None, linewidth=2.2,
                path_effects=make_halo(), **_get_line(frame, name),
            )  # fmt: skip
            handles.append(line)
            labels.append(f"{frame.get_label(name)}, hidden")
        contents = [data, *(part["spectrum"]["values"] for part in signals.values())]
        axes.set_yscale("log")
        # one event stands well above the axis
        leave_headroom(axes, 0.5, 1.5 * max(float(np.max(c)) for c in contents), 0.36)
        axes.set_xlim(edges[0], edges[-1])
        _label_axes((axes, axes), frame, edges, unit)
        _write_corner(axes, frame, luminosity)
        add_legend(axes, handles, labels)


def describe_excess(best: Mapping[str, Any] | None) -> str:
    """Describe the largest excess in a few words.

    Parameters
    ----------
    best
        From `rapidmass.search.excess_test.find_excess`.

    Returns
    -------
    str
        For labels.
    """
    if best is None:
        return "too few simulated events to test"
    sign = "<" if best["at_floor"] else "="
    local = f"{best['local_significance']:.1f}".replace("-", "−")
    return f"largest excess: {local}σ local, global p {sign} {best['p_value']:.2g}"


def _get_line(frame: Frame, signal: str) -> dict[str, Any]:
    look = frame.get_line(signal)
    return {"edgecolor": look["color"], "linestyle": look["linestyle"]}


def _add_panels(
    figure: Figure, frame: Frame, edges: NDArray[np.float64], unit: str
) -> tuple[Axes, Axes]:
    upper = figure.add_axes(UPPER)
    lower = figure.add_axes(LOWER, sharex=upper)
    upper.tick_params(labelbottom=False)
    upper.set_xlim(edges[0], edges[-1])
    _label_axes((lower, upper), frame, edges, unit)
    return upper, lower


def _label_axes(
    axes: tuple[Axes, Axes], frame: Frame, edges: NDArray[np.float64], unit: str
) -> None:
    """Label the horizontal axis of the first, and the vertical one of the second."""
    below, beside = axes
    below.set_xlabel(f"Anomaly score ({frame.architecture})" + (f" [{unit}]" if unit else ""))
    beside.set_ylabel(f"Events / {edges[1] - edges[0]:.3g} {unit}".rstrip())


def _write_corner(axes: Axes, frame: Frame, luminosity: float, *lines: str) -> None:
    status = frame.plots.data_status
    add_corner(axes, frame, *lines, luminosity=luminosity, status=status)


def _draw_points(axes: Axes, edges: NDArray[np.float64], counts: Counts) -> Any:  # noqa: ANN401
    values, low, high = (np.array(counts[key]) for key in ("values", "low", "high"))
    return _draw_errors(axes, edges, values, low, high)


def _draw_errors(
    axes: Axes,
    edges: NDArray[np.float64],
    values: NDArray[np.float64],
    low: NDArray[np.float64],
    high: NDArray[np.float64],
) -> Any:  # noqa: ANN401
    shown = np.isfinite(values) & (values > 0)
    centres = (edges[:-1] + edges[1:]) / 2
    errors = np.array([values - low, high - values])[:, shown]
    return axes.errorbar(
        centres[shown], values[shown], errors, fmt="o", color="black", markersize=4.5, linewidth=1.2
    )


def _mark_excess(
    panels: Sequence[Axes], best: Mapping[str, Any] | None, edges: NDArray[np.float64]
) -> tuple[list[Any], list[str]]:
    """Shade the range of the largest excess."""
    if best is None:
        return [], []
    low = edges[0] if best["above"] is None else best["above"]
    high = edges[-1] if best["up_to"] is None else best["up_to"]
    marks = [panel.axvspan(low, high, color=EXCESS, zorder=0) for panel in panels]
    return marks[:1], ["largest excess"]


def _draw_ratio(
    axes: Axes,
    edges: NDArray[np.float64],
    counts: Counts,
    reference: ArrayLike,
    uncertainty: ArrayLike,
) -> None:
    """Draw a ratio, with the uncertainty of what it is taken to as a band."""
    expected = np.asarray(reference, dtype=np.float64)
    safe = np.where(expected > 0, expected, np.nan)
    ratio, low, high = (np.array(counts[key]) / safe for key in ("values", "low", "high"))
    draw_band(axes, edges, np.where(expected > 0, 1.0, np.nan), np.asarray(uncertainty) / safe)
    axes.axhline(1.0, color="black", linewidth=1)
    _draw_errors(axes, edges, ratio, low, high)
    largest = float(np.nan_to_num(ratio, nan=1.0).max())
    if largest > LARGE:
        axes.set_yscale("log")
        smallest = float(np.where(ratio > 0, ratio, 1.0).min())
        axes.set_ylim(min(0.2, smallest / 2), 2 * largest)
    else:
        axes.set_ylim(0.0, LARGE if largest > 2 else 2.0)
