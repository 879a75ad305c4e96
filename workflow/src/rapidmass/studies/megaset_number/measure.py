"""The same events in more or fewer megasets: what that changes in a network."""

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from rapidmass.provenance.atomic_files import read_json
from rapidmass.scores.alike import check_same_keys
from rapidmass.scores.read import ScoredEvents
from rapidmass.search.scored_pairs import PairReader
from rapidmass.search.separation import fill_scores, find_ends, join_ends, measure_separation


@dataclass(frozen=True)
class TrainedOn:
    """A network that was trained on some number of megasets, and its scores.

    Parameters
    ----------
    history
        Of its training.
    background
        The scored test set: the same events for every number.
    signals
        Scored signals, by name.
    """

    history: Path
    background: Path
    signals: Mapping[str, Path]


def compare_numbers(
    trained: Mapping[int, TrainedOn],
    column: str,
    weights: Mapping[str, float],
    *,
    batch_size: int,
    luminosity: float,
    scored_share: float,
    minimum_effective_events: float,
    folder: Path,
) -> dict[str, Any]:
    """Compare networks that were trained on other numbers of megasets.

    Parameters
    ----------
    trained
        What was trained, by number of megasets.
    column
        Which score.
    weights
        For each signal the factor from generator weight x scale factors to pb.
    batch_size
        Events in one step of the optimiser.
    luminosity
        Luminosity of the search in pb^-1.
    scored_share
        Share of the background that has scores.
    minimum_effective_events
        Where fewer effective background events pass a cut, no efficiency is quoted.
    folder
        Where events may lie meanwhile.

    Returns
    -------
    dict
        `edges` of the score's bins, and `numbers`: a list with, for each number of megasets, what
        `summarise_history` gives, `mean_score` and `mean_score_uncertainty` of the test set, its
        `shape` in expected events, and `signals`: what `measure_separation` gives for each.

    Raises
    ------
    ValueError
        If the networks scored other events.
    """
    check_same_keys([product.background for product in trained.values()])
    reader = PairReader.of_background(luminosity, scored_share, column)
    numbers: list[dict[str, Any]] = []
    ends = []
    for number, product in trained.items():
        with reader.open_exact(product.background, folder) as pieces:
            ends.append(find_ends(pieces))
            mean, uncertainty = _average(pieces)
            numbers.append(
                {
                    "megasets": number,
                    **summarise_history(read_json(product.history)["epochs"], batch_size),
                    "mean_score": mean,
                    "mean_score_uncertainty": uncertainty,
                    "shape": None,
                    "signals": {
                        name: measure_separation(
                            pieces,
                            reader.of(name, weight).order_exactly(product.signals[name]),
                            minimum_effective_events,
                        )
                        for name, weight in weights.items()
                    },
                }
            )
    axis = join_ends(ends)
    for found, product in zip(numbers, trained.values(), strict=True):
        found["shape"] = fill_scores(axis, reader.iterate(product.background))
    return {"edges": axis.edges.tolist(), "numbers": numbers}


def summarise_history(epochs: Sequence[Mapping[str, Any]], batch_size: int) -> dict[str, Any]:
    """Summarise a training.

    Parameters
    ----------
    epochs
        Records of its history.
    batch_size
        Events in one step of the optimiser.

    Returns
    -------
    dict
        `steps` of the optimiser and `visits` of events in all epochs; of the last epoch
        `training_loss`, `validation_loss` and `validation_events`, those that this loss is the
        mean over.
    """
    last = epochs[-1]
    return {
        "steps": sum(math.ceil(record["training_events"] / batch_size) for record in epochs),
        "visits": sum(record["training_events"] for record in epochs),
        **{key: last[key] for key in ("training_loss", "validation_loss", "validation_events")},
    }


def _average(events: Sequence[ScoredEvents]) -> tuple[float | None, float | None]:
    """Weighted mean of the score, and its uncertainty: that of a ratio of sums."""
    total = sum(float(piece.weight.sum()) for piece in events)
    if not total > 0:
        return None, None
    mean = sum(float((piece.weight * piece.score).sum()) for piece in events) / total
    squares = sum(float(((piece.weight * (piece.score - mean)) ** 2).sum()) for piece in events)
    return mean, float(np.sqrt(squares)) / total


def read_times(benchmarks: Mapping[int, Path]) -> dict[str, float | None]:
    """Read how long trainings took.

    Parameters
    ----------
    benchmarks
        File of each training by number of megasets: one JSON object a line with `s`, seconds. The
        last line counts: that of the latest run.

    Returns
    -------
    dict
        Seconds by number of megasets; None where there is no such file.

    Raises
    ------
    ValueError
        If a file holds something else.
    """
    times: dict[str, float | None] = {}
    for number, path in benchmarks.items():
        times[str(number)] = _read_time(path) if path.exists() else None
    return times


def _read_time(path: Path) -> float:
    try:
        return float(json.loads(path.read_text(encoding="utf-8").splitlines()[-1])["s"])
    except (IndexError, KeyError, TypeError, ValueError) as error:
        raise ValueError(f"{path} does not say how long a job took ({error}); remove it") from None


def list_spreads(measured: Mapping[str, Any]) -> dict[str, float]:
    """List how the AUC spreads over seeds.

    Parameters
    ----------
    measured
        From `rapidmass.studies.seeds.measure.measure_seeds`.

    Returns
    -------
    dict
        Standard deviation by signal, where it is defined.
    """
    spreads = {
        name: found["metrics"]["auc"]["spread"] for name, found in measured["signals"].items()
    }
    return {name: float(spread) for name, spread in spreads.items() if spread is not None}
