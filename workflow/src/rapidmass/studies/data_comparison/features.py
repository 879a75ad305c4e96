"""Histograms of every feature of many events, in memory that does not grow with their number.

Features are the filled cells of the matrix and the variables of the event. A histogram has fine
bins, of which each figure and each test merges as many as it needs; the first and the last hold
what lies outside. Ranges follow from simulation, by a first pass over it.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from rapidmass.representations.rmm.columns import get_matrices
from rapidmass.representations.rmm.layout import Layout

Array = NDArray[np.float64]

FINE = 8  # fine bins in a bin of a figure
TAILS = (0.002, 0.995)  # shares of the simulated weight: what lies outside is in the outer bins
STEPS = (1.0, 2.0, 2.5, 5.0, 10.0)
# The leading bits of a positive float32 rise with it: 32 values an octave, a resolution of 2 %.
DROPPED_BITS = 18
CODES = 2 ** (31 - DROPPED_BITS)  # of positive values, and as many of negative ones before them
SMALLEST = float(np.finfo(np.float32).tiny)


class Values(NamedTuple):
    """Features that some events have, each with its value and the row of its event."""

    feature: NDArray[np.int64]
    value: NDArray[np.float32]
    row: NDArray[np.int64]


@dataclass(frozen=True)
class FeatureList:
    """Which features there are.

    Parameters
    ----------
    layout
        Layout of the matrices.
    variables
        Variables of the event, which follow the cells.
    cells
        Whether there are cells.
    """

    layout: Layout
    variables: Sequence[str]
    cells: bool = True

    @property
    def n_cells(self) -> int:
        """Number of cells."""
        return self.layout.n_cells if self.cells else 0

    @property
    def names(self) -> tuple[str, ...]:
        """Names: cells as in `Layout.cell_names`, then variables."""
        return (*self.layout.cell_names[: self.n_cells], *self.variables)

    def __len__(self) -> int:
        return self.n_cells + len(self.variables)

    def list_values(self, table: pa.Table) -> Values:
        """List the values of all features that the events of a table have.

        The first cell is left out: it is the variable `met`, perhaps in another unit.

        Parameters
        ----------
        table
            Events with matrices.

        Returns
        -------
        Values
            In no order that means something; NaN is absent.
        """
        rows = np.arange(table.num_rows)
        features, values, owners = self._list_cells(table, rows) if self.cells else ([], [], [])
        for k, name in enumerate(self.variables):
            column = table[name].to_numpy()
            present = np.isfinite(column)
            features.append(np.full(np.count_nonzero(present), self.n_cells + k))
            values.append(column[present].astype(np.float32))
            owners.append(rows[present])
        return Values(np.concatenate(features), np.concatenate(values), np.concatenate(owners))

    def _list_cells(
        self, table: pa.Table, rows: NDArray[np.int64]
    ) -> tuple[list[NDArray[np.int64]], list[NDArray[np.float32]], list[NDArray[np.int64]]]:
        matrices = get_matrices(table, self.layout)
        cells = matrices.list_cells().astype(np.int64)
        kept = cells > 0
        owners = np.repeat(rows, np.diff(matrices.offsets))
        return [cells[kept]], [matrices.values[kept]], [owners[kept]]


@dataclass
class RangeFinder:
    """Finds where the simulated events of each feature lie.

    Parameters
    ----------
    features
        Which features.
    """

    features: FeatureList
    weights: Array = field(init=False)

    def __post_init__(self) -> None:
        self.weights = np.zeros((len(self.features), 2 * CODES))

    def add(self, values: Values, weights: Array) -> None:
        """Add events; what a negative weight is worth here is its size.

        Parameters
        ----------
        values
            Of some events.
        weights
            Shape (events,).
        """
        size = (np.abs(values.value).view(np.uint32) >> DROPPED_BITS).astype(np.int64)
        code = np.where(values.value < 0, CODES - 1 - size, CODES + size)
        np.add.at(self.weights, (values.feature, code), np.abs(weights[values.row]))

    def choose_bins(self, most: int) -> "Binning":
        """Choose regular bins with round edges for every feature.

        Parameters
        ----------
        most
            Most bins of a figure.

        Returns
        -------
        Binning
            With no bin for features that no event has.
        """
        count = len(self.features)
        start, step = np.zeros(count), np.ones(count)
        bins = np.zeros(count, dtype=np.int64)
        positive = (np.arange(CODES + 1, dtype=np.uint32) << DROPPED_BITS).view(np.float32)
        edges = np.concatenate((-positive[:0:-1], positive))
        for k, weights in enumerate(self.weights):
            total = np.cumsum(weights)
            if not total[-1] > 0:
                continue
            low, high = np.searchsorted(total, np.array(TAILS) * total[-1])
            start[k], step[k], bins[k] = _round_axis(
                float(edges[low]), float(edges[high + 1]), most
            )
        return Binning(start, step, bins, most)


def _round_axis(low: float, high: float, most: int) -> tuple[float, float, int]:
    """Find start, step and number of round bins from `low` to `high`."""
    if 0 < low < 0.2 * high:
        low = 0.0
    # one bin is kept for the rounding of the start
    raw = max((high - low) / max(most - 1, 1), 1e-6 * max(-low, high), SMALLEST)
    decade = float(10.0 ** np.floor(np.log10(raw)))
    step = decade * next(s for s in STEPS if s * decade >= raw * (1 - 1e-9))
    start = step * np.floor(low / step)
    return float(start), float(step), int(min(max(np.ceil((high - start) / step), 1), most))


@dataclass(frozen=True)
class Binning:
    """Regular bins of every feature.

    Parameters
    ----------
    start, step, bins
        Shape (features,): lower edge, width of a bin of figures, and their number; 0 where
        simulation has no event.
    most
        Largest number of bins.
    """

    start: Array
    step: Array
    bins: NDArray[np.int64]
    most: int

    def get_edges(self, feature: int) -> Array:
        """Get the edges of the bins of figures, shape (bins + 1,)."""
        edges: Array = self.start[feature] + self.step[feature] * np.arange(self.bins[feature] + 1)
        return edges

    def find_bins(self, values: Values) -> NDArray[np.int64]:
        """Find the fine bin of each value, shape (values,); -1 where a feature has no bins."""
        width = self.step[values.feature] / FINE
        place = np.floor((values.value - self.start[values.feature]) / width)
        last = FINE * self.bins[values.feature] - 1
        return np.where(last > 0, np.clip(place, 0, last), -1).astype(np.int64)


@dataclass
class Filling:
    """Fine histograms of all features, of some groups of events.

    Parameters
    ----------
    features
        Which features.
    binning
        Their bins.
    groups
        Number of groups: channels of the background, or one for data.
    """

    features: FeatureList
    binning: Binning
    groups: int
    values: Array = field(init=False)
    variances: Array = field(init=False)
    present: NDArray[np.int64] = field(init=False)
    totals: Array = field(init=False)
    categories: dict[str, dict[str, Array]] = field(init=False)

    def __post_init__(self) -> None:
        shape = (self.groups, len(self.features), FINE * self.binning.most)
        self.values, self.variances = np.zeros(shape), np.zeros(shape)
        self.present = np.zeros(len(self.features), dtype=np.int64)
        self.totals = np.zeros((2, self.groups))
        self.categories = {"flavour": {}, **{f"n_{t}": {} for t in self.features.layout.types}}

    def add(
        self, table: pa.Table, values: Values, weights: Array, group: NDArray[np.int64]
    ) -> None:
        """Add events.

        Parameters
        ----------
        table
            Events with matrices.
        values
            Of them.
        weights
            Shape (events,).
        group
            Shape (events,): index of the group of each.
        """
        place = self.binning.find_bins(values)
        inside = place >= 0
        index = (group[values.row], values.feature, place)
        index = (index[0][inside], index[1][inside], index[2][inside])
        filled = weights[values.row][inside]
        np.add.at(self.values, index, filled)
        np.add.at(self.variances, index, filled**2)
        self.present += np.bincount(values.feature, minlength=len(self.features))
        self.totals += self._sum(weights, group)
        for name, counted in self.categories.items():
            self._count(table[name], counted, weights, group)

    def _count(
        self,
        column: pa.ChunkedArray,
        counted: dict[str, Array],
        weights: Array,
        group: NDArray[np.int64],
    ) -> None:
        """Sum weights and their squares by category and group."""
        encoded = column.combine_chunks().dictionary_encode()
        codes = encoded.indices.to_numpy()
        for code, label in enumerate(encoded.dictionary.to_pylist()):
            chosen = codes == code
            sums = counted.setdefault(str(label), np.zeros((2, self.groups)))
            sums += self._sum(weights[chosen], group[chosen])

    def _sum(self, weights: Array, group: NDArray[np.int64]) -> Array:
        contents = (weights, weights**2)
        return np.stack([np.bincount(group, c, minlength=self.groups) for c in contents])
