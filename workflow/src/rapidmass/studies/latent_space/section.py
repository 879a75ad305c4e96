"""Words and tables on the latent space of networks."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import pyarrow as pa

from rapidmass.plotting.style import Frame
from rapidmass.report.formatting import Table, write_count, write_measurement, write_share
from rapidmass.report.sections import Figure, Section
from rapidmass.statistics.roc import compute_auc
from rapidmass.studies.latent_space.figures import Maps, list_methods

INTRODUCTION = (
    "Between its inputs and its outputs a network squeezes each event into few numbers, its latent "
    "vector. Events that the network takes for alike lie close to each other there. The maps show "
    "whether background channels, which the network was never told apart, form groups of their "
    "own, and whether signals lie among them or outside. Each map holds at most {events} simulated "
    "events of each channel of the test set and of each signal, chosen by their identity: a rare "
    "channel has as many points as a frequent one, so that the density of points says nothing "
    "about expected events."
)
PCA = (
    "The principal components are the two directions in which the chosen background events spread "
    "most, each channel taken alike. Signals take no part in finding them. A signal that lies "
    "outside the background is set apart in the latent space; one that lies within may still "
    "differ in the directions that the map does not show, above all where the two components hold "
    "a small share of the variance. Events with other objects fill other cells of the matrix, so "
    "groups on the map are often those of lepton flavours or numbers of jets."
)
UMAP = (
    "UMAP (arXiv:1802.03426) keeps neighbours together, in all directions of the latent space at "
    "once. Distances between groups and their sizes mean nothing there. It was made from "
    "background, and signals were put into it."
)
RADIUS = (
    "Training draws the latent vectors of a variational network towards the origin, the more so "
    "the larger the weight of its divergence. What it describes with effort lies far out, so the "
    "distance is an anomaly score by itself. Where the configuration lists radius among the scores "
    "of a network, it goes through the same scan as all other scores, under the name of the "
    "network followed by -radius. The area under the curve is the probability that a signal event "
    "lies farther out than a background event: 0.5 is no separation, and below 0.5 signals lie "
    "closer to the origin than background."
)


def describe_latent(
    folder: Path,
    frame: Frame,
    maps: Maps,
    factors: Mapping[str, float],
    *,
    normal: Sequence[str],
    events: int,
) -> Section:
    """Describe the maps of all networks of a selection.

    Parameters
    ----------
    folder
        Where the figures are.
    frame
        Channels and signals, in the order of the figures.
    maps
        By network, what `rapidmass.studies.latent_space.measure.map_latent` gave.
    factors
        By channel and signal, from the weights of its events to expected events.
    normal
        Networks whose latent vectors are pulled to the origin.
    events
        Most events of a channel or signal.

    Returns
    -------
    Section
        Of the report.
    """
    mapped = {name: found for name, found in maps.items() if found[0].num_rows}
    umap = any("umap_x" in table.column_names for table, _ in mapped.values())
    text = [INTRODUCTION.format(events=write_count(events)), PCA]
    text += [UMAP] if umap else []
    without = [name for name, (_, d) in maps.items() if d["dimensions"] is None]
    empty = [name for name in maps if name not in mapped and name not in without]
    if without:
        text.append(f"Without a latent space, and not shown: {', '.join(without)}.")
    if empty:
        text.append(
            f"Without background events in the test set, and not shown: {', '.join(empty)}."
        )
    return Section(
        "latent-space",
        "Latent space",
        text=tuple(text),
        tables=(_tabulate_networks(mapped),) if mapped else (),
        sections=tuple(
            _describe_network(folder, frame, name, table, factors if name in normal else None)
            for name, (table, _) in mapped.items()
        ),
    )


def _tabulate_networks(mapped: Maps) -> Table:
    rows = []
    for name, (table, described) in mapped.items():
        first = [write_share(share) for share in (*described["explained"][:2], 0.0, 0.0)[:2]]
        rows.append(
            (name, write_count(described["dimensions"]), *first, write_count(table.num_rows))
        )
    return Table(
        ("Network", "Dimensions", "First component", "Second component", "Events on the map"),
        rows,
        note="Components: their shares of the variance of background in the latent space.",
    )


def _describe_network(
    folder: Path,
    frame: Frame,
    name: str,
    table: pa.Table,
    factors: Mapping[str, float] | None,
) -> Section:
    labels = {"pca": "principal components", "umap": "UMAP"}
    figures = [
        Figure(
            folder / f"{method}_{name}.png",
            f"Latent space of {name}, {label}",
            "Points: simulated background, by channel. Lines enclose the densest regions that hold "
            "50 % and 90 % of a signal. A few events lie beyond the edges.",
        )
        for method, label in labels.items()
        if method in list_methods(table)
    ]
    if factors is None:
        return Section(f"latent-{name}", f"Network {name}", figures=tuple(figures))
    figures.append(
        Figure(
            folder / f"radius_{name}.png",
            f"Distance from the origin of the latent space of {name}",
            "Filled: simulated background, stacked by channel, weighted to what is expected. "
            "Lines: signals. The last bin holds all that lies beyond.",
        )
    )
    return Section(
        f"latent-{name}",
        f"Network {name}",
        text=(RADIUS,),
        tables=(_tabulate_radii(frame, table, factors),),
        figures=tuple(figures),
    )


def _tabulate_radii(frame: Frame, table: pa.Table, factors: Mapping[str, float]) -> Table:
    group = np.array(table["group"].to_pylist(), dtype=np.str_)
    radius = table["radius"].to_numpy().astype(np.float64)
    weight = table["weight"].to_numpy() * np.array([factors[name] for name in group])
    background = np.isin(group, list(frame.channels))
    rows = []
    for name in frame.signals:
        chosen = group == name
        usable = chosen.any() and weight[chosen].sum() > 0 and weight[background].sum() > 0
        auc = (
            compute_auc(radius[background], weight[background], radius[chosen], weight[chosen])
            if usable
            else (None, None)
        )
        rows.append((name, write_count(int(chosen.sum())), write_measurement(*auc)))
    return Table(
        ("Signal", "Events on the map", "Area under the curve of the distance"),
        rows,
        note="The background is weighted to what is expected; uncertainties are those of the "
        "events on the map.",
    )
