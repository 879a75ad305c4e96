"""Words and tables on the latent space of networks."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import pyarrow as pa

from rapidmass.plotting.style import Frame
from rapidmass.report.formatting import Table, write_count, write_measurement, write_share
from rapidmass.report.prose import Prose
from rapidmass.report.sections import Figure, Section
from rapidmass.statistics.roc import compute_auc
from rapidmass.studies.latent_space.figures import Maps, list_methods


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
    without = [name for name, (_, d) in maps.items() if d["dimensions"] is None]
    empty = [name for name in maps if name not in mapped and name not in without]
    prose = Prose("latent_space", events=events, umap=umap, without=without, empty=empty)
    return Section(
        "latent-space",
        "Latent space",
        text=prose.list_paragraphs("text"),
        tables=(_tabulate_networks(mapped, prose),) if mapped else (),
        sections=tuple(
            _describe_network(
                folder, frame, name, table, factors if name in normal else None, prose
            )
            for name, (table, _) in mapped.items()
        ),
    )


def _tabulate_networks(mapped: Maps, prose: Prose) -> Table:
    rows = []
    for name, (table, described) in mapped.items():
        first = [write_share(share) for share in (*described["explained"][:2], 0.0, 0.0)[:2]]
        rows.append(
            (name, write_count(described["dimensions"]), *first, write_count(table.num_rows))
        )
    return Table(
        ("Network", "Dimensions", "First component", "Second component", "Events on the map"),
        rows,
        note=prose.write("networks"),
    )


def _describe_network(
    folder: Path,
    frame: Frame,
    name: str,
    table: pa.Table,
    factors: Mapping[str, float] | None,
    prose: Prose,
) -> Section:
    labels = {"pca": "principal components", "umap": "UMAP"}
    figures = [
        Figure(
            folder / f"{method}_{name}.png",
            f"Latent space of {name}, {label}",
            prose.write("map"),
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
            prose.write("radii_figure"),
        )
    )
    return Section(
        f"latent-{name}",
        f"Network {name}",
        text=prose.list_paragraphs("radius"),
        tables=(_tabulate_radii(frame, table, factors, prose),),
        figures=tuple(figures),
    )


def _tabulate_radii(
    frame: Frame, table: pa.Table, factors: Mapping[str, float], prose: Prose
) -> Table:
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
        note=prose.write("radii"),
    )
