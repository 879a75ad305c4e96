"""Histograms of all features, of data and of simulation, in a selection and in its regions."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from rapidmass.studies.data_comparison.events import ComparedEvents, Portion, ShiftedBackground
from rapidmass.studies.data_comparison.features import FINE, FeatureList, Filling, RangeFinder
from rapidmass.studies.data_comparison.tests import FeatureBins


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
class Filled:
    """Histograms of all compared events, or of those of a region.

    Parameters
    ----------
    simulated, observed
        Of the test set, by channel, and of data.
    shifted
        Of the test set in each systematic variation.
    """

    simulated: Filling
    observed: Filling
    shifted: Sequence[Filling]

    @property
    def features(self) -> FeatureList:
        """What was filled."""
        return self.simulated.features

    def list_bins(self) -> list[FeatureBins]:
        """List the features that any event has."""
        return list(_list_features(self.features, self.simulated, self.observed, self.shifted))


def fill_histograms(
    events: ComparedEvents, scale: Scale, bins: int, shifts: Sequence[ShiftedBackground]
) -> list[Filled]:
    """Fill all histograms: two passes over simulation, one over data and over each variation.

    Parameters
    ----------
    events
        Data and test set.
    scale
        How simulation is scaled to data.
    bins
        Most bins of a figure.
    shifts
        Systematic variations of the test set.

    Returns
    -------
    list of Filled
        Of all compared events, with the cells of the matrix; then of each region, without.
    """
    features = events.list_features()
    parts = [features, *(replace(features, cells=False) for _ in events.regions)]
    finders = [RangeFinder(part) for part in parts]
    for portion in events.iterate_background(features):
        for place, finder in enumerate(finders):
            table = portion.take(place)
            finder.add(finder.features.list_values(table), table["weight"].to_numpy())
    binnings = [finder.choose_bins(bins) for finder in finders]

    def start(groups: int) -> list[Filling]:
        return [Filling(p, b, groups) for p, b in zip(parts, binnings, strict=True)]

    simulated, observed = start(len(scale.channels)), start(1)
    shifted = [start(1) for _ in shifts]
    factor = scale.luminosity / scale.scored_share
    _add(simulated, events.iterate_background(features), factor, scale.channels)
    _add(observed, events.iterate_data(features))
    for shift, fillings in zip(shifts, shifted, strict=True):
        _add(fillings, events.iterate_background(features, shift), factor)
    return [
        Filled(simulated[k], observed[k], [fillings[k] for fillings in shifted])
        for k in range(len(parts))
    ]


def _add(
    fillings: Sequence[Filling],
    portions: Iterable[Portion],
    factor: float | None = None,
    channels: Sequence[str] = (),
) -> None:
    """Add events with scaled weights, or each as one; by channel, or all in one group."""
    for portion in portions:
        for place, filling in enumerate(fillings):
            table = portion.take(place)
            ones = np.ones(table.num_rows)
            weights = ones if factor is None else table["weight"].to_numpy() * factor
            group = _find_channels(table, channels) if channels else np.zeros(len(ones), np.int64)
            filling.add(table, filling.features.list_values(table), weights, group)


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
            "cell" if k < features.n_cells else "variable",
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
