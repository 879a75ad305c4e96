"""Maps of the latent space, and how far from its origin events lie."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from types import MappingProxyType
from typing import Any

import numpy as np
import pyarrow as pa
from matplotlib.axes import Axes
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter

from rapidmass.config.search.scan import Axis
from rapidmass.plotting.labels import add_corner, add_heading, add_legend
from rapidmass.plotting.stacks import add_bins, draw_signals, draw_stack, set_log_scale
from rapidmass.plotting.style import HATCHES, Frame, make_halo, write_figure
from rapidmass.search.histograms import fill_histogram

MAP, MAP_PLACE = (11.5, 7.4), (0.1, 0.1, 0.62, 0.78)
PLACE = (0.12, 0.12, 0.6, 0.84)
MARKERS = MappingProxyType(dict(zip(HATCHES, "o^sv", strict=True)))
BINS = 40
POINTS = 40_000.0  # points^2 for all events on a map
CELLS = 60  # of a side of the grid on which densities are found
SMOOTHING = 1.5  # cells
ENCLOSED = (0.9, 0.5)  # shares of a signal inside its contours
EDGE = 0.002  # share of the events beyond each side of a map
TAIL = 0.005  # share of the events of a group in the last bin or beyond
METHODS: Mapping[str, tuple[str, str]] = MappingProxyType(
    {
        "pca": ("First principal component", "Second principal component"),
        "umap": ("First UMAP coordinate", "Second UMAP coordinate"),
    }
)


Maps = Mapping[str, tuple[pa.Table, Mapping[str, Any]]]  # by network


def draw_latent(
    folder: Path,
    frame: Frame,
    maps: Maps,
    factors: Mapping[str, float],
    normal: Sequence[str],
) -> None:
    """Draw the maps of all networks of a selection.

    Parameters
    ----------
    folder
        Where to write `<method>_<network>` and `radius_<network>`.
    frame
        What figures have in common, with the luminosity.
    maps
        By network, what `rapidmass.studies.latent_space.measure.map_latent` gave.
    factors
        By channel and signal, from the weights of its events to expected events.
    normal
        Networks whose latent vectors are pulled to the origin: only their distances from it are
        drawn.
    """
    folder.mkdir(parents=True, exist_ok=True)
    for name, (events, described) in maps.items():
        own = replace(frame, architecture=name)
        for method in list_methods(events):
            draw_map(own, events, described["explained"], method, folder / f"{method}_{name}")
        if name in normal and events.num_rows:
            draw_radius(own, events, factors, folder / f"radius_{name}")


def list_methods(events: pa.Table) -> list[str]:
    """List the methods by which events were mapped; none if there are no events."""
    return [name for name in METHODS if f"{name}_x" in events.column_names]


def draw_map(
    frame: Frame, events: pa.Table, explained: Sequence[float], method: str, output: Path
) -> None:
    """Draw background channels as points, and around signals contours.

    Parameters
    ----------
    frame
        What figures have in common, with the network.
    events
        What `rapidmass.studies.latent_space.measure.map_latent` gives, with at least one event.
    explained
        Shares of the variance that the principal components have.
    method
        One of `METHODS`.
    output
        Where to write, without suffix.
    """
    places = np.column_stack([events[f"{method}_{axis}"].to_numpy() for axis in "xy"])
    group = np.array(events["group"].to_pylist(), dtype=np.str_)
    weight = events["weight"].to_numpy()
    shown = (*frame.channels, *frame.signals)
    numbers = {
        **frame.describe(),
        "method": method,
        "groups": {name: np.round(places[group == name].astype(float), 4) for name in shown},
    }
    with write_figure(output, numbers, MAP) as figure:
        axes = figure.add_axes(MAP_PLACE)
        _set_ranges(axes, places)
        handles, labels = _draw_points(axes, frame, events["key"].to_numpy(), group, places)
        for name in frame.signals:
            chosen = group == name
            if chosen.any():
                line = frame.get_line(name)
                _draw_contours(axes, places[chosen], np.abs(weight[chosen]), line)
                handles.append(axes.plot([], [], linewidth=2.2, **line)[0])
                labels.append(frame.get_label(name))
        names = [*METHODS[method]]
        if method == "pca":
            for k, share in enumerate(explained[:2]):
                names[k] += f" ({100 * share:.2g} % of the variance)"
        axes.set_xlabel(names[0])
        axes.set_ylabel(names[1])
        add_heading(axes, frame, f"Latent space of {frame.architecture}")
        add_legend(axes, handles, labels)


def _set_ranges(axes: Axes, places: NDArray[np.floating[Any]]) -> None:
    low, high = np.quantile(places, [EDGE, 1 - EDGE], axis=0)
    margin = np.where(high > low, 0.08 * (high - low), 1.0)
    axes.set_xlim(low[0] - margin[0], high[0] + margin[0])
    axes.set_ylim(low[1] - margin[1], high[1] + margin[1])


def _draw_points(
    axes: Axes,
    frame: Frame,
    keys: NDArray[np.uint64],
    group: NDArray[np.str_],
    places: NDArray[np.floating[Any]],
) -> tuple[list[Any], list[str]]:
    """Draw all channels through each other: in the order of keys, none hides the others."""
    looks = {name: frame.get_look(name) for name in frame.channels}
    drawn = [name for name in frame.channels if np.any(group == name)]
    handles = []
    for name in drawn:
        look = {"color": looks[name]["facecolor"], "marker": MARKERS[looks[name]["hatch"]]}
        handles.append(axes.plot([], [], linestyle="none", markersize=6, **look)[0])
    for hatch, marker in MARKERS.items():
        alike = [name for name in drawn if looks[name]["hatch"] == hatch]
        rows = np.flatnonzero(np.isin(group, alike))
        rows = rows[np.argsort(keys[rows], kind="stable")]
        colours = [looks[name]["facecolor"] for name in group[rows]]
        if alike:
            size = np.clip(POINTS / len(rows), 5, 20)  # points^2: fewer ones are larger
            axes.scatter(
                places[rows, 0], places[rows, 1], s=size, c=colours, marker=marker, alpha=0.6,
                linewidths=0, rasterized=True,
            )  # fmt: skip
    return handles, [frame.get_label(name) for name in drawn]


def _draw_contours(
    axes: Axes,
    places: NDArray[np.floating[Any]],
    weights: NDArray[np.float64],
    line: Mapping[str, Any],
) -> None:
    x, y = (np.linspace(*span, CELLS + 1) for span in (axes.get_xlim(), axes.get_ylim()))
    counts = np.histogram2d(places[:, 0], places[:, 1], bins=[x, y], weights=weights)[0]
    density = gaussian_filter(counts, SMOOTHING, mode="constant")
    levels = find_levels(density, ENCLOSED)
    if len(levels):
        contours = axes.contour(
            (x[:-1] + x[1:]) / 2, (y[:-1] + y[1:]) / 2, density.T, levels, colors=[line["color"]],
            linestyles=[line["linestyle"]], linewidths=2.2,
        )  # fmt: skip
        contours.set_path_effects(make_halo())


def find_levels(density: NDArray[np.float64], shares: Sequence[float]) -> list[float]:
    """Find the densities above which given shares of the content lie.

    Parameters
    ----------
    density
        Contents of cells, not negative.
    shares
        Shares of the content, falling.

    Returns
    -------
    list of float
        Rising, each once; empty without content.
    """
    cells = np.sort(density.ravel())[::-1]
    if not cells[0] > 0:
        return []
    inside = np.cumsum(cells) / cells.sum()
    return sorted({float(cells[np.searchsorted(inside, share)]) for share in shares})


def draw_radius(
    frame: Frame,
    events: pa.Table,
    factors: Mapping[str, float],
    output: Path,
) -> None:
    """Draw how far from the origin of the latent space events lie.

    Parameters
    ----------
    frame
        What figures have in common, with network and luminosity.
    events
        What `rapidmass.studies.latent_space.measure.map_latent` gives, with at least one event.
    factors
        By channel and signal, from the weights of its events to expected events.
    output
        Where to write, without suffix.
    """
    radius = events["radius"].to_numpy().astype(np.float64)
    group = np.array(events["group"].to_pylist(), dtype=np.str_)
    weight = events["weight"].to_numpy()
    present = [name for name in (*frame.channels, *frame.signals) if np.any(group == name)]
    stop = max(np.quantile(radius[group == name], 1 - TAIL) for name in present) or 1.0
    axis = Axis(start=0.0, stop=float(stop), step=float(stop) / BINS)
    filled = {
        name: fill_histogram(axis, radius[group == name], factors[name] * weight[group == name])
        for name in (*frame.channels, *frame.signals)
    }
    channels = {name: filled[name] for name in frame.channels}
    signals = {name: filled[name] for name in frame.signals}
    total = add_bins(list(channels.values()), axis.bins)
    numbers = {
        **frame.describe(),
        "edges": axis.edges,
        "channels": channels,
        "background": total,
        "signals": signals,
    }
    with write_figure(output, numbers) as figure:
        axes = figure.add_axes(PLACE)
        handles, labels = draw_stack(axes, frame, axis.edges, channels)
        more = draw_signals(axes, frame, axis.edges, signals)
        set_log_scale(axes, [total["values"], *(bins["values"] for bins in signals.values())])
        axes.set_xlim(axis.start, axis.stop)
        axes.set_xlabel("Distance from the origin of the latent space")
        axes.set_ylabel("Events")
        add_corner(axes, frame)
        add_legend(axes, handles + more[0], labels + more[1])
