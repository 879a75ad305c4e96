"""Which cells make an event anomalous: mean errors of the reconstruction, cell by cell."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from rapidmass.datasets.folds import is_unseen
from rapidmass.models.export.onnx_model import Model
from rapidmass.representations.registry import check_representation
from rapidmass.representations.rmm.representation import get_layout
from rapidmass.search.mean_matrices import weigh_signal
from rapidmass.statistics.weighted_means import CellSum, compare_means, list_finite
from rapidmass.storage.parquet import iterate_events

ROWS_PER_BLOCK = 4096
ERRORS = "cell_errors"


class ErrorSum:
    """Sums over events from which the mean error of each cell follows.

    Parameters
    ----------
    cells
        How many cells the network sees.
    """

    def __init__(self, cells: int) -> None:
        self.errors = CellSum(cells)
        self.presence = CellSum(cells)

    def add(
        self,
        errors: NDArray[np.float32],
        mask: NDArray[np.bool_],
        weights: NDArray[np.float64],
    ) -> None:
        """Add events: errors and presence of their cells (events, cells), weights (events,)."""
        self.errors.add(errors, weights)
        self.presence.add(mask.astype(np.float32), weights)

    def describe(self) -> dict[str, Any]:
        """Describe the means in JSON types."""
        return {
            "events": self.errors.events,
            "mean": list_finite(self.errors.get_mean()),
            "present": list_finite(self.presence.get_mean()),
        }


def explain_losses(
    model: Path,
    background: Sequence[Path],
    signals: Mapping[str, Sequence[Path]],
    altered: Path | None,
    *,
    threads: int,
) -> dict[str, Any]:
    """Compute the mean error of each cell for background, signals and altered events.

    Parameters
    ----------
    model
        An exported network.
    background
        The test set, with the column `weight`.
    signals
        Shards by signal, with the columns `generator_weight` and `scale_factor`.
    altered
        Altered events, with the columns `alteration` and `weight`; None where there are none. With
        folds, those count whose originals the network did not see.
    threads
        Processor threads.

    Returns
    -------
    dict
        In JSON types: `layout` of the matrix; `cells`, the flat indices of those that the network
        sees, or None if it does not reconstruct them; and then `background` and, by name,
        `signals` and `altered`, each with `events`, the weighted `mean` error of each cell over all
        events, and the weighted share of events in which it is `present`. Signals and altered
        events have the `uncertainty` of the difference of their mean from that of the background.

    Raises
    ------
    ValueError
        If the network or a file holds no matrices, or of another layout, or an error is not
        finite; the message names the file.
    """
    network = Model(model, threads)
    layout = get_layout(network.representation, f"the errors of cells in {model}")
    described: dict[str, Any] = {"layout": layout.describe(), "cells": None}
    if ERRORS not in network.outputs:
        return described
    reference = ErrorSum(len(network.features))
    for path in background:
        for table in _read(network, path):
            _add(network, reference, table, _get_weight(table), path)
    groups = {
        "signals": {name: _sum_shards(network, paths) for name, paths in signals.items()},
        "altered": _sum_altered(network, altered) if altered else {},
    }
    described |= {"cells": network.features.tolist(), "background": reference.describe()}
    for kind, sums in groups.items():
        described[kind] = {name: _compare(total, reference) for name, total in sums.items()}
    return described


def _compare(total: ErrorSum, reference: ErrorSum) -> dict[str, Any]:
    difference = compare_means(total.errors, reference.errors, is_part=False)
    return {**total.describe(), "uncertainty": list_finite(difference.uncertainty)}


def _get_weight(table: pa.Table) -> NDArray[np.float64]:
    weights: NDArray[np.float64] = table["weight"].to_numpy()
    return weights


def _read(network: Model, path: Path) -> Iterator[pa.Table]:
    for table in iterate_events(path, rows=ROWS_PER_BLOCK):
        check_representation(network.representation, table.schema, path)
        yield table


def _sum_shards(network: Model, paths: Sequence[Path]) -> ErrorSum:
    total = ErrorSum(len(network.features))
    for path in paths:
        for table in _read(network, path):
            _add(network, total, table, weigh_signal(table), path)
    return total


def _sum_altered(network: Model, path: Path) -> dict[str, ErrorSum]:
    sums: dict[str, ErrorSum] = {}
    for read in _read(network, path):
        table = read.filter(pa.array(is_unseen(read["key"].to_numpy(), network.fold)))
        for name in pc.unique(table["alteration"]).to_pylist():
            chosen = table.filter(pc.equal(table["alteration"], name))
            total = sums.setdefault(name, ErrorSum(len(network.features)))
            _add(network, total, chosen, _get_weight(chosen), path)
    return sums


def _add(
    network: Model, total: ErrorSum, table: pa.Table, weights: NDArray[np.float64], path: Path
) -> None:
    errors = network.run(table, [ERRORS])[ERRORS]
    if not np.isfinite(errors).all():
        row = int(np.flatnonzero(~np.isfinite(errors).all(axis=1))[0])
        raise ValueError(
            f"{path}: an error of event {table['key'][row].as_py()} is not finite; its matrix "
            "holds numbers that are not finite, or the model is broken"
        )
    encoded = network.representation.decode(table)
    x = encoded.fill(features=network.features, padding=np.nan)
    total.add(errors, ~np.isnan(x), weights)


def rank_cells(
    group: Mapping[str, Any], background: Mapping[str, Any], number: int
) -> list[tuple[int, float]]:
    """Rank cells by their part in the excess error of a group over background.

    Parameters
    ----------
    group, background
        Entries of what `explain_losses` gives.
    number
        How many cells to list.

    Returns
    -------
    list of (int, float)
        Position of the cell among those that the network sees, and its share of the sum over all
        cells of mean error of the group minus that of the background, largest first. Empty where
        there are no events, or that sum is not positive.
    """
    mean = np.array(group["mean"], dtype=np.float64)
    excess = mean - np.array(background["mean"], dtype=np.float64)
    total = float(excess.sum())
    if not total > 0:  # neither if it is NaN
        return []
    order = np.argsort(-excess, kind="stable")[:number]
    return [(int(place), float(excess[place] / total)) for place in order]
