"""Mean rapidity-mass matrices of channels and signals, and how they differ from the background."""

from collections.abc import Mapping, Sequence
from functools import reduce
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from rapidmass.representations.rmm.columns import get_matrices
from rapidmass.representations.rmm.layout import Layout
from rapidmass.representations.rmm.representation import read_layout
from rapidmass.statistics.weighted_means import CellSum, Difference, compare_means, list_finite
from rapidmass.storage.parquet import iterate_events

ROWS_PER_BLOCK = 4096  # dense rows of 17 MB, in float64


class MatrixSum:
    """Sums over events from which the mean matrix follows.

    Parameters
    ----------
    layout
        What the cells mean.
    """

    def __init__(self, layout: Layout) -> None:
        self.layout = layout
        self.cells = CellSum(layout.n_cells)
        self._filled_weight = np.zeros(layout.n_cells)
        self._filled = np.zeros(layout.n_cells, dtype=np.bool_)

    @property
    def events(self) -> int:
        """Number of events."""
        return self.cells.events

    @property
    def weight(self) -> float:
        """Sum of their weights."""
        return self.cells.weight

    def add(self, table: pa.Table, weights: NDArray[np.float64]) -> None:
        """Add the matrices of some events, shape of `weights` (events,)."""
        dense = get_matrices(table, self.layout).fill(padding=np.nan)
        filled = ~np.isnan(dense)
        self.cells.add(np.where(filled, dense, np.float32(0)), weights)
        self._filled_weight += weights @ filled
        self._filled |= filled.any(axis=0)

    def join(self, other: "MatrixSum") -> "MatrixSum":
        """Join with the sums over other events."""
        joint = MatrixSum(self.layout)
        joint.cells = self.cells.join(other.cells)
        joint._filled_weight = self._filled_weight + other._filled_weight
        joint._filled = self._filled | other._filled
        return joint

    def get_mean(self) -> NDArray[np.float64]:
        """Get the mean over all events, shape (D, D): absent cells count as 0, NaN if all are."""
        return self._shape(np.where(self._filled, self.cells.get_mean(), np.nan))

    def get_filled_share(self) -> NDArray[np.float64]:
        """Get the weighted share of the events that have each cell, shape (D, D)."""
        positive = self.weight > 0
        return self._shape(self._filled_weight / self.weight if positive else np.nan)

    def _shape(self, cells: NDArray[np.float64] | float) -> NDArray[np.float64]:
        size = self.layout.size
        return np.broadcast_to(cells, (self.layout.n_cells,)).reshape(size, size)


def sum_channels(megasets: Sequence[Path], channels: Sequence[str]) -> dict[str, MatrixSum]:
    """Sum the matrices of each background channel, in one pass.

    Parameters
    ----------
    megasets
        Files with the columns `channel` and `weight`. Each is a fair sample of all events.
    channels
        Names of the channels.

    Returns
    -------
    dict
        By channel.
    """
    sums: dict[str, MatrixSum] = {}
    for path in megasets:
        for table in iterate_events(path, rows=ROWS_PER_BLOCK):
            layout = read_layout(table.schema, str(path))
            for name in channels:
                chosen = table.filter(pc.equal(table["channel"], name))
                total = sums.setdefault(name, MatrixSum(layout))
                if chosen.num_rows:
                    total.add(chosen, chosen["weight"].to_numpy())
    return sums


def sum_signal(shards: Sequence[Path]) -> MatrixSum | None:
    """Sum the matrices of a signal.

    Parameters
    ----------
    shards
        Files with the columns `generator_weight` and `scale_factor`.

    Returns
    -------
    MatrixSum or None
        None without events.
    """
    total: MatrixSum | None = None
    for path in shards:
        for table in iterate_events(path, rows=ROWS_PER_BLOCK):
            total = total or MatrixSum(read_layout(table.schema, str(path)))
            total.add(table, weigh_signal(table))
    return total


def weigh_signal(table: pa.Table) -> NDArray[np.float64]:
    """Weigh the events of a signal against each other, shape (events,).

    Generator weight x scale factors; the cross section is common to all.
    """
    weights: NDArray[np.float64] = (
        table["generator_weight"].to_numpy() * table["scale_factor"].to_numpy()
    )
    return weights


def compare_matrices(
    megasets: Sequence[Path],
    signals: Mapping[str, Sequence[Path]],
    channels: Sequence[str],
    layout: Layout,
) -> dict[str, Any]:
    """Compare the mean matrices of channels and signals with that of the whole background.

    Parameters
    ----------
    megasets
        Background, with the columns `channel` and `weight`.
    signals
        Shards by signal.
    channels
        Background channels.
    layout
        Layout of the matrices, for groups without events.

    Returns
    -------
    dict
        In JSON types: `layout`, `background` (its mean, shape (D, D), None where no event has the
        cell), and by group `events`, `mean`, and `uncertainty` of the difference from the
        background. A mean is over all events, absent cells count as 0.
    """
    found = sum_channels(megasets, channels)
    sums = {name: found.get(name) or MatrixSum(layout) for name in channels}
    background = _join(list(sums.values()), layout)
    groups = {}
    for name, total in sums.items():
        rest = _join([part for other, part in sums.items() if other != name], layout)
        groups[name] = _describe(total, compare_means(total.cells, rest.cells, is_part=True))
    for name, shards in signals.items():
        total = sum_signal(shards) or MatrixSum(layout)
        difference = compare_means(total.cells, background.cells, is_part=False)
        groups[name] = _describe(total, difference)
    return {
        "layout": layout.describe(),
        "background": list_finite(background.get_mean()),
        "groups": groups,
    }


def _join(parts: Sequence[MatrixSum], layout: Layout) -> MatrixSum:
    return reduce(MatrixSum.join, parts, MatrixSum(layout))


def _describe(total: MatrixSum, difference: Difference) -> dict[str, Any]:
    size = total.layout.size
    return {
        "events": total.events,
        "mean": list_finite(total.get_mean()),
        "uncertainty": list_finite(difference.uncertainty.reshape(size, size)),
    }
