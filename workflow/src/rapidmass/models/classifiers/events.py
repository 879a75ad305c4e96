"""Events of both classes in memory, for classifiers that are fitted at once."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from rapidmass.datasets.folds import is_seen
from rapidmass.datasets.splits import Part, select_part
from rapidmass.models.inputs.class_sums import COLUMNS
from rapidmass.models.inputs.class_weights import ClassWeights
from rapidmass.models.inputs.scaler import Scaler
from rapidmass.representations.registry import check_representation
from rapidmass.storage.parquet import iterate_events, open_shard
from rapidmass.storage.tables import get_selection


class LabelledEvents(NamedTuple):
    """Events of the background and of signals.

    Parameters
    ----------
    x
        Shape (events, features), float32: elements as they are, NaN where absent.
    label
        Shape (events,), float32: 1 for signal, 0 for background.
    weight
        Shape (events,), float32: what they count in training.
    """

    x: NDArray[np.float32]
    label: NDArray[np.float32]
    weight: NDArray[np.float32]


def read_labelled(
    megasets: Sequence[Path],
    signals: Mapping[str, Path],
    scaler: Scaler,
    features: NDArray[np.int64],
    weights: ClassWeights,
    *,
    part: Part,
    validation_fraction: float,
) -> LabelledEvents:
    """Read the events of one part that a training may see, those that count nothing left out.

    Parameters
    ----------
    megasets
        Files of the background.
    signals
        Files by signal.
    scaler
        Says of which representation and selection they are, and which fold is left out.
    features
        Flat indices of the elements to keep.
    weights
        What events count.
    part
        Training or validation part.
    validation_fraction
        Fraction of events in the validation part.

    Returns
    -------
    LabelledEvents
        Background first; in the order of the files.

    Raises
    ------
    ValueError
        If a file is damaged, of another representation or selection, or an element is not finite.
    """

    def choose(keys: NDArray[np.uint64]) -> NDArray[np.bool_]:
        return select_part(keys, part, validation_fraction) & is_seen(keys, scaler.fold)

    return _read(megasets, signals, scaler, features, weights, choose)


def read_unseen(
    megasets: Sequence[Path],
    signals: Mapping[str, Path],
    scaler: Scaler,
    features: NDArray[np.int64],
    weights: ClassWeights,
) -> LabelledEvents:
    """Read the events that a training may not see: those of the fold that it leaves out.

    Parameters
    ----------
    megasets, signals, scaler, features, weights
        As for `read_labelled`.

    Returns
    -------
    LabelledEvents
        Background first; in the order of the files; without folds none.

    Raises
    ------
    ValueError
        As `read_labelled`.
    """
    return _read(
        megasets, signals, scaler, features, weights, lambda keys: ~is_seen(keys, scaler.fold)
    )


def _read(
    megasets: Sequence[Path],
    signals: Mapping[str, Path],
    scaler: Scaler,
    features: NDArray[np.int64],
    weights: ClassWeights,
    choose: Callable[[NDArray[np.uint64]], NDArray[np.bool_]],
) -> LabelledEvents:
    pieces = [
        LabelledEvents(*(np.empty(shape, np.float32) for shape in ((0, len(features)), 0, 0)))
    ]
    for label, paths in ((0.0, megasets), (1.0, [*signals.values()])):
        for path in paths:
            _check(path, scaler)
            columns = ["key", *COLUMNS, *scaler.representation.columns]
            for table in iterate_events(path, columns):
                keys = table.column("key").to_numpy()
                counted = weights.weigh(table)
                chosen = choose(keys) & (counted != 0)
                kept = table.filter(pa.array(chosen))
                x = _make_dense(path, kept, scaler, features)
                labels = np.full(len(x), label, dtype=np.float32)
                pieces.append(LabelledEvents(x, labels, counted[chosen].astype(np.float32)))
    return LabelledEvents(*map(np.concatenate, zip(*pieces, strict=True)))


def _check(path: Path, scaler: Scaler) -> None:
    with open_shard(path) as parquet:
        check_representation(scaler.representation, parquet.schema_arrow, path)
        found = get_selection(parquet.schema_arrow)
    if found != scaler.selection:
        raise ValueError(
            f"{path} holds events of the selection {found}, but the scaler was fitted on "
            f"{scaler.selection}: use the files of one selection"
        )


def _make_dense(
    path: Path, table: pa.Table, scaler: Scaler, features: NDArray[np.int64]
) -> NDArray[np.float32]:
    encoded = scaler.representation.decode(table)
    invalid = encoded.find_invalid()
    if invalid is not None:
        event, value = invalid
        key = table.column("key")[event].as_py()
        raise ValueError(
            f"{path}: an element of event {key} is {value}; remove the file to have it rebuilt"
        )
    return encoded.fill(features=features, padding=np.nan)
