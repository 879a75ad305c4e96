"""Fitting of a scaler to the training part of megasets."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from rapidmass.config.models.training import ScalingKind, ScalingSettings
from rapidmass.datasets.splits import leave_out, select_part
from rapidmass.models.inputs.scaler import Scaler, SignedSums, take_logarithm
from rapidmass.representations.rmm.blocks import iterate_blocks
from rapidmass.representations.rmm.columns import check_layout, get_layout, get_matrices
from rapidmass.representations.rmm.layout import Layout
from rapidmass.representations.rmm.matrices import densify
from rapidmass.representations.rmm.sparse import SparseMatrices
from rapidmass.storage.parquet import iterate_events, open_shard
from rapidmass.storage.tables import get_selection

# Of the logarithm: cells that few events have may vary little among those by chance.
SMALLEST_DEVIATION = 0.1


class _Statistics:
    """Running statistics of the cells, in float64: zero-padded, or of the filled cells alone."""

    def __init__(self, layout: Layout, selection: str | None, kind: ScalingKind) -> None:
        self.layout = layout
        self.kind = kind
        self.selection = selection
        self.low = np.full(layout.n_cells, np.inf)
        self.high = np.full(layout.n_cells, -np.inf)
        self.n_events = self.n_negative = 0
        self.channels: dict[str, SignedSums] = {}
        # by channel: sums of absolute weights, and these times cells and squared cells
        self.moments: dict[str, NDArray[np.float64]] = {}

    def add(
        self, matrices: SparseMatrices, weight: NDArray[np.float64], channel: pa.ChunkedArray
    ) -> None:
        self.n_events += len(weight)
        self.n_negative += int(np.count_nonzero(weight < 0))
        encoded = channel.combine_chunks().dictionary_encode()
        names, codes = encoded.dictionary.to_pylist(), encoded.indices.to_numpy()
        for code, name in enumerate(names):
            mine = weight[codes == code]
            known = self.channels.get(name, SignedSums(0.0, 0.0))
            self.channels[name] = SignedSums(
                known.positive + float(mine[mine >= 0].sum()),
                known.negative + float(mine[mine < 0].sum()),
            )
        if self.kind == "log_standard":
            matrices = replace(matrices, values=take_logarithm(matrices.values))
        for rows, some in iterate_blocks(matrices):
            dense = densify(some, padding=np.nan if self.kind == "log_standard" else 0.0)
            np.fmin(self.low, np.fmin.reduce(dense, axis=0), out=self.low)
            np.fmax(self.high, np.fmax.reduce(dense, axis=0), out=self.high)
            if self.kind in ("standard", "log_standard"):
                cells, absolute = dense.astype(np.float64), np.abs(weight[rows, None])
                for code in np.unique(codes[rows]):
                    mine = codes[rows] == code
                    self._add_moments(names[code], cells[mine], absolute[mine])

    def _add_moments(
        self, channel: str, cells: NDArray[np.float64], weight: NDArray[np.float64]
    ) -> None:
        filled = np.isfinite(cells)
        cells = np.where(filled, cells, 0.0)
        weighted = weight * cells
        sums = [(weight * filled).sum(axis=0), weighted.sum(axis=0), (weighted * cells).sum(axis=0)]
        self.moments[channel] = self.moments.get(channel, 0.0) + np.stack(sums)

    def make_scaler(self, settings: ScalingSettings) -> Scaler:
        with np.errstate(all="ignore"):  # cells that never vary are set to 0 below
            if settings.kind == "minmax":
                scale = 1.0 / (self.high - self.low)
                shift = 0.0 - self.low * scale  # 0, not -0, where low is 0
            elif settings.kind == "max":
                scale = 1.0 / np.maximum(np.abs(self.low), np.abs(self.high))
                shift = np.zeros_like(scale)
            else:
                weights, first, second = np.sum(
                    [self.channels[name].rescaling * sums for name, sums in self.moments.items()],
                    axis=0,
                )
                mean = first / weights
                deviation = np.sqrt(second / weights - mean**2)
                if settings.kind == "log_standard":
                    deviation = np.maximum(deviation, SMALLEST_DEVIATION)
                scale = 1.0 / deviation
                shift = -mean * scale
            scale, shift = scale.astype(np.float32), shift.astype(np.float32)
        usable = (self.low < self.high) & np.isfinite(scale) & np.isfinite(shift)
        return Scaler(
            layout=self.layout,
            selection=self.selection,
            kind=settings.kind,
            clip=settings.clip,
            scale=np.where(usable, scale, np.float32(0)),
            shift=np.where(usable, shift, np.float32(0)),
            n_events=self.n_events,
            n_negative=self.n_negative,
            channels=dict(sorted(self.channels.items())),
        )


def fit_scaler(
    megasets: Sequence[Path],
    settings: ScalingSettings,
    *,
    validation_fraction: float,
    without: str | None = None,
) -> Scaler:
    """Fit a scaler to the training part of all megasets, in one pass.

    Absent cells count as raw zeros, except with `log_standard`, which knows present ones alone.
    Cells that never vary become 0. Means and variances need weights that are not negative: they
    take absolute ones, rescaled so that each channel keeps its share of the total weight, whatever
    a training does later. `minmax` and `max` know no weights.

    Parameters
    ----------
    megasets
        Files of one layout, with the columns `weight` and `channel`.
    settings
        What to fit.
    validation_fraction
        Fraction of events in the validation part, which is left out.
    without
        Channel to leave out.

    Returns
    -------
    Scaler
        The same for the same events in the same order.

    Raises
    ------
    ValueError
        If there is no event in the training part, layouts or selections differ, or a cell or weight
        is not finite; the message names the file and the event's key.
    """
    if not megasets:
        raise ValueError("no megaset to fit a scaler on")
    with open_shard(megasets[0]) as parquet:
        layout = get_layout(parquet.schema_arrow, str(megasets[0]))
        selection = get_selection(parquet.schema_arrow)
    statistics = _Statistics(layout, selection, settings.kind)
    columns = ["key", "channel", "weight", *(f"n_{name}" for name in layout.types), "rmm"]
    for path in megasets:
        with open_shard(path) as parquet:
            check_layout(layout, parquet.schema_arrow, path)
            found = get_selection(parquet.schema_arrow)
        if found != selection:
            raise ValueError(
                f"{path} holds events of the selection {found}, but {megasets[0]} of {selection}: "
                "fit a scaler to the megasets of one selection"
            )
        for table in iterate_events(path, columns):
            keys = table.column("key").to_numpy()
            wanted = select_part(keys, "training", validation_fraction)
            wanted &= leave_out(table, without)
            kept = table.filter(pa.array(wanted))
            matrices = get_matrices(kept)
            weight = kept.column("weight").to_numpy()
            _check_finite(path, kept.column("key").to_numpy(), matrices, weight)
            statistics.add(matrices, weight, kept.column("channel"))
    if statistics.n_events == 0:
        raise ValueError(
            f"no event in the training part of {', '.join(map(str, megasets))}: "
            "check the selection, or lower the validation fraction"
        )
    return statistics.make_scaler(settings)


def _check_finite(
    path: Path,
    keys: NDArray[np.uint64],
    matrices: SparseMatrices,
    weight: NDArray[np.float64],
) -> None:
    bad = np.flatnonzero(~np.isfinite(weight))
    if bad.size:
        raise ValueError(f"{path}: the weight of event {keys[bad[0]]} is {weight[bad[0]]}")
    wrong = np.flatnonzero(~np.isfinite(matrices.values))
    if wrong.size:
        event = int(np.searchsorted(matrices.offsets, wrong[0], side="right")) - 1
        raise ValueError(
            f"{path}: a matrix cell of event {keys[event]} is {matrices.values[wrong[0]]}; "
            "remove the file to have it rebuilt"
        )
