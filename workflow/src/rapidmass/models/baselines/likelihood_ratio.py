"""Ratios of binned densities: the rival of networks that see the same features.

J. Neyman, E. S. Pearson, Phil. Trans. R. Soc. A 231 (1933) 289; of the tracks of a jet as in ATLAS,
JINST 11 (2016) P04008, section 9 (IP2D with one significance, IP3D with two together).
"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from rapidmass.config.models.baseline import LikelihoodRatio
from rapidmass.models.baselines.base import FittedModel
from rapidmass.models.baselines.training_events import TrainingEvents
from rapidmass.representations.base import Representation

Numbers = NDArray[np.float64]


class _Members(NamedTuple):
    """Members of events that have a feature, with the weights of the events.

    Parameters
    ----------
    x
        Shape (members, features), NaN where absent.
    weight
        Shape (members,).
    """

    x: NDArray[np.float32]
    weight: Numbers


def score(model: FittedModel, table: pa.Table) -> NDArray[np.float32]:
    """Compute the logarithm of the ratio of densities of each event.

    It is 0 for an event without any of the features.
    """
    columns, ratios = model.arrays["columns"], model.arrays["ratios"]
    edges = _cut(model.arrays)
    found = np.empty(table.num_rows, dtype=np.float32)
    for rows, some in model.scaler.representation.decode(table).iterate_blocks():
        x = some.fill(features=columns.ravel(), padding=np.nan)
        x = x.reshape(len(x), *columns.shape)
        present = ~np.isnan(x).all(axis=2)
        cells = _find_cells(x.reshape(-1, columns.shape[1]), edges, bool(model.arrays["together"]))
        logarithms = ratios[cells].sum(axis=1).reshape(present.shape)
        found[rows] = (logarithms * present).sum(axis=1)
    return found


def fit(settings: LikelihoodRatio, training: TrainingEvents) -> dict[str, NDArray[Any]]:
    """Fill the densities of signals and background with the training part.

    A density is that of weighted events, with one more effective event in each bin, so that none is
    empty.

    Parameters
    ----------
    settings
        Features and bins.
    training
        The events. The settings name the features.

    Returns
    -------
    dict
        `columns`, shape (slots, features): flat indices; `edges`, the inner edges of the bins of
        all features, one after the other, and `numbers` of them; `ratios`, logarithms by bin;
        `together`.

    Raises
    ------
    ValueError
        If signals or background have no member with a feature, or no positive weight.
    """
    columns = _find_columns(training.scaler.representation, settings.features)
    background, signal = (
        _read(what, paths, training, columns)
        for what, paths in (
            ("background", training.megasets),
            ("signals", list(training.signals.values())),
        )
    )
    pooled = np.concatenate((background.x, signal.x))
    shares = np.linspace(0, 1, settings.bins + 1)[1:-1]
    edges = [np.unique(np.nanquantile(column, shares)) for column in pooled.T]
    densities = [
        _fill(_find_cells(members.x, edges, settings.together), members.weight, edges,
              settings.together)
        for members in (signal, background)
    ]  # fmt: skip
    return {
        "columns": columns,
        "edges": np.concatenate(edges),
        "numbers": np.array([len(one) for one in edges]),
        "ratios": np.log(densities[0] / densities[1]),
        "together": np.array(settings.together),
    }


def _find_columns(representation: Representation, features: Sequence[str]) -> NDArray[np.int64]:
    names = list(representation.element_names)
    if representation.kind != "sequence":
        return np.array([[names.index(name) for name in features]], dtype=np.int64)
    slots = range(representation.shape[0])
    return np.array([[names.index(f"{f}_{k}") for f in features] for k in slots], dtype=np.int64)


def _read(
    what: str,
    paths: Sequence[Path],
    training: TrainingEvents,
    columns: NDArray[np.int64],
) -> _Members:
    pieces = []
    for piece in training.iterate("keep", paths):
        x = piece.encoded.fill(features=columns.ravel(), padding=np.nan)
        x = x.reshape(len(x), *columns.shape)
        present = ~np.isnan(x).all(axis=2)
        weight = np.broadcast_to(piece.weight[:, None], present.shape)
        pieces.append(_Members(x[present], weight[present]))
    members = _Members(*map(np.concatenate, zip(*pieces, strict=True))) if pieces else None
    if members is None or not members.weight.sum() > 0 or np.isnan(members.x).all(axis=0).any():
        raise ValueError(
            f"likelihood ratio: no event of the {what} has all features and a positive weight; "
            "generate more, or name other features"
        )
    return members


def _find_cells(
    x: NDArray[np.float32], edges: Sequence[Numbers], together: bool
) -> NDArray[np.int64]:
    """Find the bins of members, shape (members, 1) if all features go together, else one each."""
    bins = np.empty(x.shape, np.int64)
    for column, values, inner in zip(bins.T, x.T, edges, strict=True):
        column[:] = np.searchsorted(inner, values, side="right")
        column[np.isnan(values)] = len(inner) + 1
    sizes = [len(inner) + 2 for inner in edges]
    if together:
        joined: NDArray[np.int64] = np.ravel_multi_index(tuple(bins.T), tuple(sizes))[:, None]
        return joined
    starts: NDArray[np.int64] = np.cumsum([0, *sizes[:-1]])
    return bins + starts


def _fill(
    cells: NDArray[np.int64], weight: Numbers, edges: Sequence[Numbers], together: bool
) -> Numbers:
    """Fill the densities: shares of the members in each bin."""
    sizes = np.array([len(inner) + 2 for inner in edges])
    effective = weight.sum() / (weight**2).sum()  # events that a weight of 1 counts as
    number = int(sizes.prod() if together else sizes.sum())
    counts = np.zeros(number)
    for column in cells.T:
        counts += np.bincount(column, weight * effective, number)
    counts = np.maximum(counts, 0) + 1  # negative weights can leave less than nothing
    parts = [counts] if together else np.split(counts, np.cumsum(sizes)[:-1])
    return np.concatenate([part / part.sum() for part in parts])


def _cut(arrays: Mapping[str, NDArray[Any]]) -> list[Numbers]:
    return np.split(arrays["edges"], np.cumsum(arrays["numbers"])[:-1])
