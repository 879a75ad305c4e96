"""Data against simulation, feature by feature.

Every cell of the matrix that some event has, variables of the event, numbers of objects and
flavours of the leptons. Simulation is the test set, which no network has seen, scaled to the whole
background at the luminosity of data.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from rapidmass.config.studies.data_comparison import DataComparison
from rapidmass.provenance.atomic_files import write_whole
from rapidmass.studies.data_comparison.events import ComparedEvents, ShiftedBackground
from rapidmass.studies.data_comparison.features import FINE, FeatureList, Filling, RangeFinder
from rapidmass.studies.data_comparison.tests import FeatureBins, FeatureDescriber

HISTOGRAM = pa.schema(
    {
        "feature": pa.string(),
        "channel": pa.string(),  # null: data
        "edges": pa.list_(pa.float64()),  # null: categories
        "labels": pa.list_(pa.string()),
        "values": pa.list_(pa.float64()),
        "variances": pa.list_(pa.float64()),
    }
)
# of a systematic variation, whose values are shifted minus nominal events of all channels
SHIFT = pa.field("shift", pa.string())


@dataclass(frozen=True)
class Scale:
    """How simulation is scaled.

    Parameters
    ----------
    channels
        Background channels.
    luminosity
        Of data, in pb^-1.
    scored_share
        Share of the background that has scores.
    """

    channels: Sequence[str]
    luminosity: float
    scored_share: float


@dataclass(frozen=True)
class Comparison:
    """What came out.

    Parameters
    ----------
    numbers
        In JSON types: `features`, the worst first; totals, thresholds and uncertainties.
    histograms
        As `HISTOGRAM`: one row a feature and channel, and one a feature for data. With systematic
        variations there is the column `SHIFT` too, and one row a feature and variation.
    """

    numbers: dict[str, Any]
    histograms: pa.Table


def compare_data(
    events: ComparedEvents, scale: Scale, settings: DataComparison, *, seed: int
) -> Comparison:
    """Compare data with simulation in every feature.

    Parameters
    ----------
    events
        Data and test set.
    scale
        How simulation is scaled to data.
    settings
        Bins and uncertainties.
    seed
        What the pseudo-experiments of the Kolmogorov-Smirnov test follow from.

    Returns
    -------
    Comparison
        Features that neither data nor simulation have are not in it.

    Raises
    ------
    ValueError
        If files do not belong together, or hold what is blinded.
    """
    features = events.list_features()
    shifts = sorted(events.shifts)
    simulated, observed, shifted = _fill(events, features, scale, settings.bins, shifts)
    tester = FeatureDescriber(settings, scale.channels, seed, [shift.source for shift in shifts])
    total = tester.predict(
        simulated.totals[0][:, None],
        simulated.totals[1][:, None],
        [some.totals[0] - simulated.totals[0].sum() for some in shifted],
    )
    seen = int(observed.totals[0].sum())
    found = list(_list_features(features, simulated, observed, shifted))
    numbers = {
        "layout": features.layout.describe(),
        "luminosity": scale.luminosity,
        "thresholds": {
            k: t if np.isfinite(t) else None for k, t in events.find_thresholds().items()
        },
        "systematics": settings.systematics,
        "channel_systematics": {
            name: size
            for name, size in settings.channel_systematics.items()
            if name in scale.channels
        },
        **({"shifts": {shift.name: shift.source for shift in shifts}} if shifts else {}),
        **tester.describe_yield(seen, total),
        "features": sorted((tester.describe(f, total, seen) for f in found), key=_rank),
    }
    names = [shift.name for shift in shifts]
    return Comparison(numbers, _list_histograms(found, scale.channels, names))


def _rank(described: dict[str, Any]) -> tuple[float, float, str]:
    """Worst first; then what data have and simulation has not; what cannot be tested comes last."""
    p_value, expected = described["p_value"], described["expected"]
    return (1.5 if p_value is None else p_value, expected, described["name"])


def _fill(
    events: ComparedEvents,
    features: FeatureList,
    scale: Scale,
    bins: int,
    shifts: Sequence[ShiftedBackground],
) -> tuple[Filling, Filling, list[Filling]]:
    """Fill all histograms: two passes over simulation, one over data and over each variation."""
    finder = RangeFinder(features)
    for table in events.iterate_background(features):
        finder.add(features.list_values(table), table["weight"].to_numpy())
    binning = finder.choose_bins(bins)
    simulated = Filling(features, binning, len(scale.channels))
    factor = scale.luminosity / scale.scored_share
    for table in events.iterate_background(features):
        weights = table["weight"].to_numpy() * factor
        channels = _find_channels(table, scale.channels)
        simulated.add(table, features.list_values(table), weights, channels)
    observed, *shifted = (Filling(features, binning, 1) for _ in range(1 + len(shifts)))
    for table in events.iterate_data(features):
        ones, zeros = np.ones(table.num_rows), np.zeros(table.num_rows, dtype=np.int64)
        observed.add(table, features.list_values(table), ones, zeros)
    for shift, filling in zip(shifts, shifted, strict=True):
        for table in events.iterate_background(features, shift):
            weights = table["weight"].to_numpy() * factor
            zeros = np.zeros(table.num_rows, dtype=np.int64)
            filling.add(table, features.list_values(table), weights, zeros)
    return simulated, observed, shifted


def _find_channels(table: pa.Table, channels: Sequence[str]) -> NDArray[np.int64]:
    encoded = table["channel"].combine_chunks().dictionary_encode()
    places = [list(channels).index(name) for name in encoded.dictionary.to_pylist()]
    found: NDArray[np.int64] = np.array(places, np.int64)[encoded.indices.to_numpy()]
    return found


def _list_features(
    features: FeatureList, simulated: Filling, observed: Filling, shifted: Sequence[Filling]
) -> Iterator[FeatureBins]:
    """List all features that any event has."""
    for k, name in enumerate(features.names):
        present = int(observed.present[k])
        if not present and not simulated.present[k]:
            continue
        edges = simulated.binning.get_edges(k)
        fine = slice(0, FINE * (len(edges) - 1))
        values = simulated.values[:, k, fine]
        yield FeatureBins(
            name,
            "cell" if k < features.layout.n_cells else "variable",
            values,
            simulated.variances[:, k, fine],
            observed.values[0, k, fine],
            present,
            edges,
            varied=[some.values[0, k, fine] - values.sum(axis=0) for some in shifted],
        )
    for name in simulated.categories:
        yield _list_categories(name, simulated, observed, shifted)


def _list_categories(
    name: str, simulated: Filling, observed: Filling, shifted: Sequence[Filling]
) -> FeatureBins:
    fillings = (simulated, observed, *shifted)
    every = {label for filling in fillings for label in filling.categories[name]}
    labels = sorted(every, key=lambda text: (len(text), text))
    sums, seen, *moved = (_sum_categories(name, filling, labels) for filling in fillings)
    data = seen[0, 0]
    return FeatureBins(
        name,
        "flavour" if name == "flavour" else "multiplicity",
        sums[0],
        sums[1],
        data,
        int(data.sum()),
        labels=labels,
        varied=[some[0, 0] - sums[0].sum(axis=0) for some in moved],
    )


def _sum_categories(name: str, filling: Filling, labels: Sequence[str]) -> NDArray[np.float64]:
    """Collect weights and their squares, shape (2, groups, labels)."""
    sums = np.zeros((2, filling.groups, len(labels)))
    for k, label in enumerate(labels):
        if label in filling.categories[name]:
            sums[:, :, k] = filling.categories[name][label]
    return sums


def _list_histograms(
    found: Sequence[FeatureBins], channels: Sequence[str], shifts: Sequence[str]
) -> pa.Table:
    rows: list[dict[str, Any]] = []
    for feature in (fine.merge() for fine in found):
        contents = zip(channels, feature.values, feature.variances, strict=True)
        own = [{"channel": c, "values": v, "variances": s} for c, v, s in contents]
        own.append({"values": feature.observed, "variances": feature.observed})
        varied = zip(shifts, feature.varied, strict=True)
        own += [{"shift": name, "values": change} for name, change in varied]
        common = {
            "feature": feature.name,
            "edges": None if feature.edges is None else feature.edges.tolist(),
            "labels": list(feature.labels),
        }
        rows += [common | row for row in own]
    schema = HISTOGRAM.append(SHIFT) if shifts else HISTOGRAM
    return pa.Table.from_pylist(rows, schema=schema)


def write_histograms(path: Path, histograms: pa.Table, provenance: Mapping[str, Any]) -> None:
    """Write histograms to a Parquet file.

    Parameters
    ----------
    path
        The file.
    histograms
        Of a comparison.
    provenance
        Where they come from: stored as JSON under `rapidmass.provenance.requests`.
    """
    metadata = {"rapidmass.provenance.requests": json.dumps(provenance)}
    with write_whole(path) as temporary:
        pq.write_table(histograms.replace_schema_metadata(metadata), temporary)
