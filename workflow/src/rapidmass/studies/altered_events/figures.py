"""How scores see altered events: against the factor on pT, and for all other alterations."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from matplotlib.ticker import FixedLocator, FuncFormatter, NullLocator
from numpy.typing import NDArray

from rapidmass.plotting.labels import add_legend
from rapidmass.plotting.panels import EDGES, add_panels, add_title, find_size
from rapidmass.plotting.style import CHANNEL_COLOURS, WIDE, Frame, write_figure

PLACE = (0.086, 0.12, 0.62, 0.78)
MARKERS = ("o", "s", "^", "D", "v", "P", "X", "<", ">", "p", "h", "*")
LINES = ("-", "--", "-.", ":")
REST, RIM, ALTERED = "#b5bbc3", "#606060", "#bd1f01"
FLOOR = 1e-12  # logarithmic axes have no room for what is not positive
DECADES = 5

Study = Mapping[str, Any]


class Drawn(NamedTuple):
    """A figure: where it is, what it shows (`auc`, `efficiency`, `others`, `shapes`), of what."""

    path: Path
    kind: str
    subject: str
    share: float | None = None


def draw_alterations(folder: Path, frame: Frame, studies: Sequence[Study]) -> list[Drawn]:
    """Draw all figures of the study.

    Parameters
    ----------
    folder
        Where to write.
    frame
        What figures have in common.
    studies
        From `rapidmass.studies.altered_events.measure.study_alterations`, with `scorer`, one each.

    Returns
    -------
    list of Drawn
        In the order of the report: for each alteration with factors the AUC against them, and the
        efficiency at each background efficiency; the AUC of all alterations without; and the
        distributions of each score.
    """
    first = studies[0]["alterations"]
    drawn = []
    for name in dict.fromkeys(entry["name"] for entry in first if entry["factor"] is not None):
        drawn.append(Drawn(folder / f"auc_{name}.png", "auc", name))
        _draw_against_factor(drawn[-1].path, frame, studies, name, None)
        for index, entry in enumerate(first[0]["efficiencies"]):
            share = entry["background_efficiency"]
            drawn.append(
                Drawn(folder / f"efficiency_{name}_{index}.png", "efficiency", name, share)
            )
            _draw_against_factor(drawn[-1].path, frame, studies, name, index)
    if any(entry["factor"] is None for entry in first):
        drawn.append(Drawn(folder / "auc_others.png", "others", ""))
        _draw_others(drawn[-1].path, frame, studies)
    for study in studies:
        path = folder / f"scores_{study['scorer']}.png"
        drawn.append(Drawn(path, "shapes", study["scorer"]))
        _draw_shapes(path, frame, study)
    return drawn


def _get_look(index: int) -> dict[str, Any]:
    rounds, place = divmod(index, len(CHANNEL_COLOURS))
    return {
        "color": CHANNEL_COLOURS[place],
        "marker": MARKERS[place],
        "linestyle": LINES[rounds % len(LINES)],
    }


def _list_points(entries: Sequence[Mapping[str, Any]], cut: int | None) -> NDArray[np.float64]:
    """Value and both ends of its interval for each alteration, shape (3, alterations)."""
    points = []
    for entry in entries:
        if cut is not None:
            found = [entry["efficiencies"][cut][key] for key in ("efficiency", "low", "high")]
        elif entry["auc"] is None:
            found = [None] * 3
        else:
            value, error = entry["auc"], entry["auc_uncertainty"]
            found = [value, value - error, value + error]
        points.append([np.nan if value is None else value for value in found])
    return np.array(points, dtype=np.float64).reshape(-1, 3).T


def _draw_against_factor(
    path: Path, frame: Frame, studies: Sequence[Study], name: str, cut: int | None
) -> None:
    curves = {}
    for study in studies:
        entries = [entry for entry in study["alterations"] if entry["name"] == name]
        entries.sort(key=lambda entry: entry["factor"])
        value, low, high = _list_points(entries, cut)
        curves[study["scorer"]] = {"value": value, "low": low, "high": high}
    factors = np.array([entry["factor"] for entry in entries])
    numbers = {**frame.describe(), "alteration": name, "factors": factors, "scorers": curves}
    shares = [entry["background_efficiency"] for entry in entries[0]["efficiencies"]]
    with write_figure(path.with_suffix(""), numbers, WIDE) as figure:
        axes = figure.add_axes(PLACE)
        handles = [_draw_curve(axes, k, factors, c) for k, c in enumerate(curves.values())]
        labels = [frame.get_label(scorer) for scorer in curves]
        if cut is None:
            axes.set_ylabel("AUC against the test set")
            nothing = 0.5
        else:
            axes.set_yscale("log")
            axes.set_ylim(top=2.0)
            axes.set_ylabel(f"Efficiency at {100 * shares[cut]:.4g} % of the test set")
            nothing = shares[cut]
        handles.append(axes.axhline(nothing, color=RIM, linestyle=":", linewidth=1.4))
        labels.append("a score that sees nothing")
        _set_factors(axes, factors, name)
        _finish(figure, axes, frame, handles, labels)


def _draw_curve(
    axes: Axes, index: int, x: NDArray[np.float64], curve: Mapping[str, NDArray[np.float64]]
) -> Line2D:
    value, errors = curve["value"], [curve["value"] - curve["low"], curve["high"] - curve["value"]]
    look = _get_look(index)
    axes.errorbar(x, value, yerr=np.maximum(errors, 0.0), capsize=2, markersize=7, **look)
    return Line2D([], [], markersize=7, **look)


def _set_factors(axes: Axes, factors: NDArray[np.float64], name: str) -> None:
    axes.set_xscale("log")
    axes.xaxis.set_major_locator(FixedLocator(factors.tolist()))
    axes.xaxis.set_minor_locator(NullLocator())
    axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
    axes.set_xlim(factors.min() / 1.15, factors.max() * 1.15)
    axes.set_xlabel(f"Factor on the transverse momenta ({_write_name(name)})")


def _draw_others(path: Path, frame: Frame, studies: Sequence[Study]) -> None:
    curves = {}
    for study in studies:
        entries = [entry for entry in study["alterations"] if entry["factor"] is None]
        value, low, high = _list_points(entries, None)
        curves[study["scorer"]] = {"value": value, "low": low, "high": high}
    names = [entry["label"] for entry in entries]
    numbers = {**frame.describe(), "alterations": names, "scorers": curves}
    with write_figure(path.with_suffix(""), numbers, WIDE) as figure:
        axes = figure.add_axes(PLACE)
        handles = []
        for index, curve in enumerate(curves.values()):
            shift = 0.7 * ((index + 0.5) / len(curves) - 0.5)
            look = {**_get_look(index), "linestyle": ""}
            errors = [curve["value"] - curve["low"], curve["high"] - curve["value"]]
            place = np.arange(len(names)) + shift
            axes.errorbar(place, curve["value"], yerr=errors, capsize=2, markersize=7, **look)
            handles.append(Line2D([], [], markersize=7, **look))
        axes.axhline(0.5, color=RIM, linestyle=":", linewidth=1.4)
        axes.set_xticks(range(len(names)), [_write_name(name) for name in names])
        axes.xaxis.set_minor_locator(NullLocator())
        axes.set_xlim(-0.5, len(names) - 0.5)
        axes.set_ylabel("AUC against the test set")
        _finish(figure, axes, frame, handles, [frame.get_label(scorer) for scorer in curves])


def _draw_shapes(path: Path, frame: Frame, study: Study) -> None:
    edges, entries = np.array(study["edges"]), study["alterations"]
    numbers = {
        **frame.describe(),
        "scorer": study["scorer"],
        "edges": edges,
        "test": study["test"]["shape"],
        "alterations": {entry["label"]: entry["shape"] for entry in entries},
    }
    factors = sorted({entry["factor"] for entry in entries if entry["factor"] is not None})
    shades = mpl.colormaps["plasma"](np.linspace(0.85, 0.05, max(len(factors), 2)))
    colours = {None: ALTERED, **dict(zip(factors, map(mpl.colors.to_hex, shades), strict=False))}
    names = list(dict.fromkeys(entry["name"] for entry in entries))
    with write_figure(path.with_suffix(""), numbers, find_size(len(names))) as figure:
        nominal = _normalise(study["test"]["shape"])
        shapes = [(entry, _normalise(entry["shape"])) for entry in entries]
        top = max(nominal.max(), *(shape.max() for _, shape in shapes))
        for axes, name in zip(add_panels(figure, len(names)), names, strict=True):
            axes.stairs(nominal, edges, fill=True, facecolor=REST, edgecolor=RIM, baseline=FLOOR)
            for entry, shape in shapes:
                if entry["name"] == name:
                    colour = colours[entry["factor"]]
                    axes.stairs(shape, edges, baseline=None, linewidth=1.8, color=colour)
            axes.set_yscale("log")
            axes.set_ylim(10.0**-DECADES * top, 20 * top)
            axes.set_xlim(edges[0], edges[-1])
            axes.text(
                0.04, 0.95, _write_name(name), transform=axes.transAxes, va="top", fontsize=13
            )
        _add_words(figure, f"Score: {frame.get_label(study['scorer'])}")
        _add_shape_legend(figure, colours, any(entry["factor"] is None for entry in entries))
        add_title(figure, frame, "altered events")


def _add_words(figure: Figure, text: str) -> None:
    """Label the axes that all panels have in common."""
    width, height = figure.get_size_inches()
    figure.text(0.5, 0.12 / height, text, ha="center", fontsize=15)
    figure.text(
        0.12 / width, 0.5, "Share of events in a bin", va="center", rotation=90, fontsize=15
    )


def _add_shape_legend(
    figure: Figure, colours: Mapping[float | None, str], has_others: bool
) -> None:
    handles: list[Any] = [Patch(facecolor=REST, edgecolor=RIM)]
    labels = ["test set"]
    for factor, colour in colours.items():
        if factor is not None or has_others:
            handles.append(Line2D([], [], linewidth=1.8, color=colour))
            labels.append("altered" if factor is None else f"factor {factor:g}")
    height = figure.get_size_inches()[1]
    figure.legend(
        handles, labels, loc="upper left", bbox_to_anchor=(1.0, 1 - EDGES["top"] / height),
        fontsize=13, borderaxespad=0.0,
    )  # fmt: skip


def _normalise(bins: Mapping[str, Any]) -> NDArray[np.float64]:
    values = np.array(bins["values"], dtype=np.float64)
    total = values.sum()
    return np.maximum(values / total if total > 0 else np.zeros_like(values), FLOOR)


def _write_name(name: str) -> str:
    return name.replace("_", " ")


def _finish(
    figure: Figure, axes: Axes, frame: Frame, handles: Sequence[Any], labels: Sequence[str]
) -> None:
    add_legend(axes, handles, labels)
    add_title(figure, frame, "altered events")
