"""Single simulated events to look at: typical ones, and the most anomalous ones."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from rapidmass.columnar.event_variables import VARIABLES
from rapidmass.models.export.onnx_model import Model
from rapidmass.representations.registry import check_representation
from rapidmass.representations.rmm.representation import get_layout
from rapidmass.statistics.weighted_events import find_weighted_quantiles
from rapidmass.statistics.weighted_means import list_finite
from rapidmass.storage.event_keys import KEY_SPAN
from rapidmass.storage.parquet import read_shard
from rapidmass.storage.tables import KeyRange

ERRORS = "cell_errors"
BACKGROUND = "background"


class Choice(NamedTuple):
    """An event that is chosen to be looked at.

    Parameters
    ----------
    kind
        `typical`, or `anomalous`.
    rank
        Place among those of its kind, from 0.
    key
        Who it is.
    score
        Its anomaly score.
    """

    kind: str
    rank: int
    key: int
    score: float


class Group(NamedTuple):
    """Events of one kind, background or a signal, and their scores.

    Parameters
    ----------
    scores
        Scored events.
    events
        Files with their matrices: the test set, or shards.
    """

    scores: Path
    events: Sequence[Path]


def choose_events(
    key: NDArray[np.uint64],
    score: NDArray[np.floating[Any]],
    weight: NDArray[np.float64],
    number: int,
) -> list[Choice]:
    """Choose the event of median score, and those of the highest scores.

    Parameters
    ----------
    key, score, weight
        Shape (events,). The median is that of the magnitudes of the weights: where negative ones
        prevail a sum has no median.
    number
        How many of the highest scores.

    Returns
    -------
    list of Choice
        First the typical event. Of equal scores the one with the lowest key is taken.
    """
    if not len(key):
        return []
    order = np.lexsort((key, -score))
    (median,) = find_weighted_quantiles(score, np.abs(weight), 0.5)
    typical = key[score == median].min()
    chosen = [Choice("typical", 0, int(typical), float(median))]
    highest = [row for row in order if key[row] != typical][:number]
    chosen += [
        Choice("anomalous", rank, int(key[row]), float(score[row]))
        for rank, row in enumerate(highest)
    ]
    return chosen


def collect_displays(
    model: Path, groups: Mapping[str, Group], number: int, *, threads: int
) -> dict[str, Any]:
    """Collect single events with their matrices and the errors of their cells.

    Parameters
    ----------
    model
        An exported network.
    groups
        `background` (the test set, whose weights are in the column `weight`), and signals by name.
        All are simulated: data are never looked at one by one.
    number
        How many events of the highest scores of each group.
    threads
        Processor threads.

    Returns
    -------
    dict
        In JSON types: `layout` of the matrix, `cells` that the network sees (flat indices), and
        `events`, each with `group`, `kind`, `rank`, `key`, `score`, `channel` (None for signals),
        variables in GeV, `matrix` (D, D) with None where it is absent, and `errors` of the cells
        that the network sees, None if it does not reconstruct them.

    Raises
    ------
    ValueError
        If an event that was scored is in none of the files; the message says which.
    """
    network = Model(model, threads)
    layout = get_layout(network.representation, f"a display of events of {model}")
    events = [
        {"group": name, **described}
        for name, group in groups.items()
        for described in _collect_group(network, name, group, number)
    ]
    return {
        "layout": layout.describe(),
        "cells": network.features.tolist(),
        "events": events,
    }


def _collect_group(
    network: Model, name: str, group: Group, number: int
) -> Iterator[dict[str, Any]]:
    weights = ["weight"] if name == BACKGROUND else ["generator_weight", "scale_factor"]
    scores = pq.read_table(group.scores, columns=["key", "score", *weights], use_threads=False)
    weight = np.prod([scores[column].to_numpy() for column in weights], axis=0)
    chosen = choose_events(scores["key"].to_numpy(), scores["score"].to_numpy(), weight, number)
    for choice in chosen:
        yield {**choice._asdict(), **_describe(network, _find_event(network, group, choice.key))}


def _find_event(network: Model, group: Group, key: int) -> pa.Table:
    for path in group.events:
        table = read_shard(path, KeyRange(key, min(key + 1, KEY_SPAN)))
        if table.num_rows:
            check_representation(network.representation, table.schema, path)
            return table.slice(0, 1)
    raise ValueError(
        f"event {key} of {group.scores} is not in {', '.join(map(str, group.events))}: score them "
        "again"
    )


def _describe(network: Model, table: pa.Table) -> dict[str, Any]:
    matrix = network.representation.decode(table).fill(padding=np.nan)
    errors = network.run(table, [ERRORS])[ERRORS][0] if ERRORS in network.outputs else None
    present = [name for name in VARIABLES if name in table.column_names]
    return {
        "channel": table["channel"][0].as_py() if "channel" in table.column_names else None,
        **{name: list_finite(table[name].to_numpy())[0] for name in present},
        "matrix": list_finite(matrix.reshape(network.representation.shape)),
        "errors": None if errors is None else list_finite(errors),
    }
