"""Single simulated events to look at: typical ones, and the most anomalous ones."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa

from rapidmass.columnar.event_variables import VARIABLES
from rapidmass.models.export.onnx_model import Model
from rapidmass.representations.registry import check_representation
from rapidmass.representations.rmm.representation import get_layout
from rapidmass.scores.ordered import View, make_bare_events, open_ordered
from rapidmass.scores.read import ScoredEvents
from rapidmass.scores.tables import iterate_tables
from rapidmass.statistics.ranked import Ranked
from rapidmass.statistics.running_quantiles import find_ordered_quantiles
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


def choose_events(events: Sequence[ScoredEvents], number: int) -> list[Choice]:
    """Choose the event of median score, and those of the highest scores.

    Parameters
    ----------
    events
        In pieces in the order of their scores, of which equal ones are in one piece. The median is
        that of the magnitudes of the weights: where negative ones prevail a sum has no median.
    number
        How many of the highest scores.

    Returns
    -------
    list of Choice
        The typical event first, then by falling score; of equal scores the lower key comes first.
        Every event is chosen once. Nothing without events.
    """
    if not any(len(piece.key) for piece in events):
        return []
    sizes = View(events, lambda some: Ranked(some.score, np.abs(some.weight)))
    (median,) = find_ordered_quantiles(sizes, 0.5)
    typical = min(
        int(piece.key[piece.score == median].min())
        for piece in events
        if (piece.score == median).any()
    )
    highest: list[tuple[int, float]] = []
    for place in range(len(events) - 1, -1, -1):
        piece = events[place]
        last = np.lexsort((piece.key, -piece.score))[: number + 1]
        highest += zip(piece.key[last].tolist(), piece.score[last].tolist(), strict=True)
        if len(highest) > number:
            break
    others = [pair for pair in highest if pair[0] != typical][:number]
    return [
        Choice("typical", 0, typical, float(median)),
        *(Choice("anomalous", rank, *pair) for rank, pair in enumerate(others)),
    ]


def choose_scored_events(
    path: Path, weights: Sequence[str], number: int, folder: Path
) -> list[Choice]:
    """Choose events of a file of scores.

    Parameters
    ----------
    path
        The file.
    weights
        Columns whose product is the weight.
    number
        As for `choose_events`.
    folder
        Where scores may lie meanwhile.

    Returns
    -------
    list of Choice
        As from `choose_events`.
    """
    with open_ordered(lambda: _iterate(path, weights), folder) as pieces:
        return choose_events(pieces, number)


def collect_displays(
    model: Path, groups: Mapping[str, Group], number: int, *, threads: int, folder: Path
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
    folder
        Where scores may lie meanwhile.

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
        for described in _collect_group(network, name, group, number, folder)
    ]
    return {
        "layout": layout.describe(),
        "cells": network.features.tolist(),
        "events": events,
    }


def _collect_group(
    network: Model, name: str, group: Group, number: int, folder: Path
) -> Iterator[dict[str, Any]]:
    weights = ["weight"] if name == BACKGROUND else ["generator_weight", "scale_factor"]
    chosen = choose_scored_events(group.scores, weights, number, folder)
    for choice in chosen:
        yield {**choice._asdict(), **_describe(network, _find_event(network, group, choice.key))}


def _iterate(path: Path, weights: Sequence[str]) -> Iterator[ScoredEvents]:
    for table in iterate_tables(path, ["key", "score", *weights]):
        weight = np.prod([table[column].to_numpy() for column in weights], axis=0)
        score = table["score"].to_numpy().astype(np.float64)
        yield make_bare_events(table["key"].to_numpy(), score, weight, {})


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
