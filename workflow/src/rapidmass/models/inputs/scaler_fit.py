"""Fitting of a scaler to the training part of megasets."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from rapidmass.config.models.training import ScalingKind, ScalingSettings
from rapidmass.datasets.folds import Fold, is_seen
from rapidmass.datasets.splits import leave_out, select_part
from rapidmass.models.inputs.event_weights import SignedSums, TrainingSums
from rapidmass.models.inputs.scaler import BOUNDS, PRESENT_ALONE, Scaler, take_logarithm
from rapidmass.representations.base import Encoded, Representation
from rapidmass.representations.registry import check_representation, read_representation
from rapidmass.storage.parquet import iterate_events, open_shard
from rapidmass.storage.tables import get_selection

# Of the logarithm: elements that few events have may vary little among those by chance.
SMALLEST_DEVIATION = 0.1


class _Statistics:
    """Running statistics of elements, in float64: zero-padded, or of those that are present."""

    def __init__(
        self, representation: Representation, selection: str | None, kind: ScalingKind
    ) -> None:
        self.representation = representation
        self.kind = kind
        self.selection = selection
        self.low = np.full(len(representation.element_names), np.inf)
        self.high = np.full(len(representation.element_names), -np.inf)
        self.n_events = self.n_negative = 0
        self.channels: dict[str, SignedSums] = {}
        # by channel: sums of absolute weights, and these times elements and squared ones
        self.moments: dict[str, NDArray[np.float64]] = {}

    def add(self, encoded: Encoded, weight: NDArray[np.float64], channel: pa.ChunkedArray) -> None:
        self.n_events += len(weight)
        self.n_negative += int(np.count_nonzero(weight < 0))
        listed = channel.combine_chunks().dictionary_encode()
        names, codes = listed.dictionary.to_pylist(), listed.indices.to_numpy()
        for code, name in enumerate(names):
            mine = weight[codes == code]
            known = self.channels.get(name, SignedSums(0.0, 0.0))
            self.channels[name] = SignedSums(
                known.positive + float(mine[mine >= 0].sum()),
                known.negative + float(mine[mine < 0].sum()),
            )
        if self.kind == "log_standard":
            encoded = encoded.map_values(take_logarithm)
        padding = np.nan if self.kind in PRESENT_ALONE else 0.0
        for rows, some in encoded.iterate_blocks():
            dense = some.fill(padding=padding)
            np.fmin(self.low, np.fmin.reduce(dense, axis=0), out=self.low)
            np.fmax(self.high, np.fmax.reduce(dense, axis=0), out=self.high)
            if self.kind not in BOUNDS:
                elements, absolute = dense.astype(np.float64), np.abs(weight[rows, None])
                for code in np.unique(codes[rows]):
                    mine = codes[rows] == code
                    self._add_moments(names[code], elements[mine], absolute[mine])

    def _add_moments(
        self, channel: str, values: NDArray[np.float64], weight: NDArray[np.float64]
    ) -> None:
        filled = np.isfinite(values)
        values = np.where(filled, values, 0.0)
        weighted = weight * values
        sums = [(weight * filled).sum(axis=0), weighted.sum(axis=0)]
        sums.append((weighted * values).sum(axis=0))
        self.moments[channel] = self.moments.get(channel, 0.0) + np.stack(sums)

    def _pool(self) -> None:
        """Give all elements of a group the statistics of the group."""
        names, groups = np.unique(self.representation.scale_groups, return_inverse=True)
        if len(names) == len(groups):
            return
        low, high = np.full(len(names), np.inf), np.full(len(names), -np.inf)
        np.fmin.at(low, groups, self.low)
        np.fmax.at(high, groups, self.high)
        self.low, self.high = low[groups], high[groups]
        for channel, sums in self.moments.items():
            pooled = np.array([np.bincount(groups, row) for row in sums], dtype=np.float64)
            self.moments[channel] = pooled[:, groups]

    def make_scaler(self, settings: ScalingSettings) -> Scaler:
        self._pool()
        with np.errstate(all="ignore"):  # elements that never vary are set to 0 below
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
            representation=self.representation,
            selection=self.selection,
            kind=settings.kind,
            clip=settings.clip,
            scale=np.where(usable, scale, np.float32(0)),
            shift=np.where(usable, shift, np.float32(0)),
            sums=TrainingSums(self.n_events, self.n_negative, dict(sorted(self.channels.items()))),
        )


def fit_scaler(
    megasets: Sequence[Path],
    settings: ScalingSettings,
    *,
    validation_fraction: float,
    excluded_channel: str | None = None,
    fold: Fold | None = None,
) -> Scaler:
    """Fit a scaler to the training part of all megasets, in one pass.

    Absent elements count as raw zeros, except with `present_standard` and `log_standard`.
    Elements of one scale group share their statistics; those that never vary become 0. Means and
    variances need weights that are not negative: they take absolute ones, rescaled so that each
    channel keeps its share of the total weight, whatever a training does later. `minmax` and `max`
    know no weights.

    Parameters
    ----------
    megasets
        Files of one representation, with the columns `weight` and `channel`.
    settings
        What to fit.
    validation_fraction
        Fraction of events in the validation part, which is left out.
    excluded_channel
        Channel to leave out.
    fold
        Events to leave out, here and in whatever is trained on what the scaler gives.

    Returns
    -------
    Scaler
        The same for the same events in the same order.

    Raises
    ------
    ValueError
        If there is no event in the training part, representations or selections differ, or an
        element or weight is not finite; the message names the file and the event's key.
    """
    if not megasets:
        raise ValueError("no megaset to fit a scaler on")
    with open_shard(megasets[0]) as parquet:
        representation = read_representation(parquet.schema_arrow, str(megasets[0]))
        selection = get_selection(parquet.schema_arrow)
    statistics = _Statistics(representation, selection, settings.kind)
    columns = ["key", "channel", "weight", *representation.columns]
    for path in megasets:
        with open_shard(path) as parquet:
            check_representation(representation, parquet.schema_arrow, path)
            found = get_selection(parquet.schema_arrow)
        if found != selection:
            raise ValueError(
                f"{path} holds events of the selection {found}, but {megasets[0]} of {selection}: "
                "fit a scaler to the megasets of one selection"
            )
        for table in iterate_events(path, columns):
            keys = table.column("key").to_numpy()
            wanted = select_part(keys, "training", validation_fraction)
            wanted &= leave_out(table, excluded_channel)
            wanted &= is_seen(keys, fold)
            kept = table.filter(pa.array(wanted))
            encoded = representation.decode(kept)
            weight = kept.column("weight").to_numpy()
            _check_finite(path, kept.column("key").to_numpy(), encoded, weight)
            statistics.add(encoded, weight, kept.column("channel"))
    if statistics.n_events == 0:
        raise ValueError(
            f"no event in the training part of {', '.join(map(str, megasets))}: "
            "check the selection, or lower the validation fraction"
        )
    return replace(statistics.make_scaler(settings), fold=fold)


def _check_finite(
    path: Path,
    keys: NDArray[np.uint64],
    encoded: Encoded,
    weight: NDArray[np.float64],
) -> None:
    bad = np.flatnonzero(~np.isfinite(weight))
    if bad.size:
        raise ValueError(f"{path}: the weight of event {keys[bad[0]]} is {weight[bad[0]]}")
    invalid = encoded.find_invalid()
    if invalid is not None:
        event, value = invalid
        raise ValueError(
            f"{path}: an element of event {keys[event]} is {value}; remove the file to have it "
            "rebuilt"
        )
