"""Scaling of matrix cells: fitted once on the training part, then carried with the network."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from rapidmass.config.training import ScalingKind, ScalingSettings
from rapidmass.parts import select_part
from rapidmass.rmm import Layout, SparseMatrices, densify
from rapidmass.rmm.blocks import ROWS_PER_BLOCK, iterate_blocks
from rapidmass.shards import iterate_events, open_shard
from rapidmass.tables import check_layout, get_layout, get_matrices, get_selection

BOUNDS: Mapping[ScalingKind, tuple[float, float]] = {"minmax": (0.0, 1.0), "max": (-1.0, 1.0)}


@dataclass(frozen=True, eq=False)
class Scaler:
    """A linear map of each cell, and the sums over the events that it was fitted on.

    Parameters
    ----------
    layout
        What the cells mean.
    selection
        Name of the selection whose events it was fitted on, None where the files do not tell.
    kind
        How it was fitted.
    clip
        Whether scaled cells are clipped to the range of the training part.
    scale, shift
        Shape (D * D,), float32: scaled = raw * scale + shift.
    n_events, n_negative
        Events that it was fitted on, and how many of them have a negative weight.
    sum_positive, sum_negative
        Sums of their weights of either sign, in pb.
    """

    layout: Layout
    selection: str | None
    kind: ScalingKind
    clip: bool
    scale: NDArray[np.float32]
    shift: NDArray[np.float32]
    n_events: int
    n_negative: int
    sum_positive: float
    sum_negative: float

    @property
    def padding(self) -> NDArray[np.float32]:
        """Scaled value of an absent cell, shape (D * D,).

        An absent cell counts as a raw 0, so this is the shift: a dense matrix with 0 where cells
        are absent needs no mask to be scaled.
        """
        return self.shift

    @property
    def bounds(self) -> tuple[float, float] | None:
        """Range of the scaled cells, None where they are not clipped."""
        return BOUNDS[self.kind] if self.clip else None

    @property
    def mean_weight(self) -> float:
        """Mean weight of the events that it was fitted on, in pb."""
        return (self.sum_positive + self.sum_negative) / self.n_events

    def transform(
        self,
        matrices: SparseMatrices,
        cells: NDArray[np.int64],
        out: NDArray[np.float32] | None = None,
    ) -> NDArray[np.float32]:
        """Make matrices dense, scale them and keep some cells, in one pass.

        Parameters
        ----------
        matrices
            Of this scaler's layout.
        cells
            Flat indices of the cells to keep, rising.
        out
            Shape (events, cells), C-ordered: where to write.

        Returns
        -------
        ndarray of float32, shape (events, cells)
            What a network sees; `out` if it was given.
        """
        if out is None:
            out = np.empty((len(matrices), len(cells)), dtype=np.float32)
        whole = len(cells) == self.layout.n_cells
        block = None if whole else np.empty((ROWS_PER_BLOCK, self.layout.n_cells), np.float32)
        for rows, some in iterate_blocks(matrices):
            target = out[rows]
            dense = target if block is None else block[: len(some)]
            densify(some, padding=self.padding, scale=self.scale, shift=self.shift, out=dense)
            if block is not None:
                np.take(dense, cells, axis=1, out=target, mode="clip")
            if self.bounds is not None:
                np.clip(target, *self.bounds, out=target)
        return out

    def to_json(self) -> dict[str, Any]:
        """Describe this scaler in JSON types, exactly.

        Returns
        -------
        dict
            What `from_json` takes.
        """
        return {
            "layout": self.layout.describe(),
            "selection": self.selection,
            "kind": self.kind,
            "clip": self.clip,
            "scale": self.scale.tolist(),
            "shift": self.shift.tolist(),
            "n_events": self.n_events,
            "n_negative": self.n_negative,
            "sum_positive": self.sum_positive,
            "sum_negative": self.sum_negative,
        }

    @classmethod
    def from_json(cls, content: Mapping[str, Any]) -> "Scaler":
        """Restore a scaler.

        Parameters
        ----------
        content
            As `to_json` gave it.

        Returns
        -------
        Scaler
            Equal to the original bit for bit.

        Raises
        ------
        ValueError
            If something is missing or has the wrong length.
        """
        try:
            arrays = {k: np.array(content[k], dtype=np.float32) for k in ("scale", "shift")}
            known = {field.name: content[field.name] for field in fields(cls)}
            scaler = cls(**{**known, "layout": Layout(**content["layout"]), **arrays})
        except (KeyError, TypeError) as error:
            raise ValueError(f"not a scaler ({error}); fit it anew") from error
        if any(array.shape != (scaler.layout.n_cells,) for array in arrays.values()):
            raise ValueError("scaler and layout differ in their number of cells; fit it anew")
        return scaler


class _Statistics:
    """Running statistics of the zero-padded cells, in float64."""

    def __init__(self, layout: Layout, selection: str | None) -> None:
        self.layout = layout
        self.selection = selection
        self.low = np.full(layout.n_cells, np.inf)
        self.high = np.full(layout.n_cells, -np.inf)
        self.total = np.zeros(layout.n_cells)
        self.square = np.zeros(layout.n_cells)
        self.n_events = self.n_negative = 0
        self.sum_positive = self.sum_negative = 0.0

    def add(self, matrices: SparseMatrices, weight: NDArray[np.float64], moments: bool) -> None:
        self.n_events += len(weight)
        self.n_negative += int(np.count_nonzero(weight < 0))
        self.sum_positive += float(weight[weight >= 0].sum())
        self.sum_negative += float(weight[weight < 0].sum())
        for rows, some in iterate_blocks(matrices):
            dense = densify(some)
            np.minimum(self.low, dense.min(axis=0), out=self.low)
            np.maximum(self.high, dense.max(axis=0), out=self.high)
            if moments:
                wide = dense.astype(np.float64)
                weighted = np.abs(weight[rows, None]) * wide
                self.total += weighted.sum(axis=0)
                self.square += (weighted * wide).sum(axis=0)

    def make_scaler(self, settings: ScalingSettings) -> Scaler:
        with np.errstate(all="ignore"):  # cells that never vary are set to 0 below
            if settings.kind == "minmax":
                scale = 1.0 / (self.high - self.low)
                shift = 0.0 - self.low * scale  # 0, not -0, where low is 0
            elif settings.kind == "max":
                scale = 1.0 / np.maximum(np.abs(self.low), np.abs(self.high))
                shift = np.zeros_like(scale)
            else:
                weight = self.sum_positive - self.sum_negative
                mean = self.total / weight
                scale = 1.0 / np.sqrt(self.square / weight - mean**2)
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
            sum_positive=self.sum_positive,
            sum_negative=self.sum_negative,
        )


def fit_scaler(
    megasets: Sequence[Path], settings: ScalingSettings, *, validation_fraction: float
) -> Scaler:
    """Fit a scaler to the training part of all megasets, in one pass.

    Absent cells count as raw zeros. Cells that never vary become 0. The mean and variance of
    `standard` are weighted by the absolute event weights; `minmax` and `max` know no weights.

    Parameters
    ----------
    megasets
        Files of one layout, with a column `weight`.
    settings
        What to fit.
    validation_fraction
        Fraction of events in the validation part, which is left out.

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
    statistics = _Statistics(layout, selection)
    columns = ["key", "weight", *(f"n_{name}" for name in layout.types), "rmm"]
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
            kept = table.filter(pa.array(select_part(keys, "training", validation_fraction)))
            matrices = get_matrices(kept)
            weight = kept.column("weight").to_numpy()
            _check_finite(path, kept.column("key").to_numpy(), matrices, weight)
            statistics.add(matrices, weight, moments=settings.kind == "standard")
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
