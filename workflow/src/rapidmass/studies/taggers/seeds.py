"""How the numbers of a tagger spread over trainings with other seeds."""

from collections.abc import Sequence
from typing import Any

from rapidmass.statistics.spread import summarise_values
from rapidmass.studies.taggers.rejection import (
    CURVE,
    Pair,
    Place,
    Task,
    make_curve,
    measure_auc,
    reject,
)


def spread_trainings(trainings: Sequence[Pair], task: Task) -> dict[str, Any]:
    """Summarise area, curve and rejections over trainings.

    Parameters
    ----------
    trainings
        Scores of the same jets by each training; at least two.
    task
        What is measured.

    Returns
    -------
    dict
        `number` of trainings; `auc`, `curve` (rows of signal efficiency, and mean and standard
        deviation of the rejection) and `bins` (of all jets first), of each number what
        `rapidmass.statistics.spread.summarise_values` says.
    """
    areas = [measure_auc(make_curve(pair))[0] for pair in trainings]
    return {
        "number": len(trainings),
        "auc": summarise_values(areas),
        "curve": _trace(trainings, task),
        "bins": [
            summarise_values([_reject_inside(pair, task, place) for pair in trainings])
            for place in task.bins
        ],
    }


def _trace(trainings: Sequence[Pair], task: Task) -> list[list[float | None]]:
    curves = [(make_curve(pair), pair[1]) for pair in trainings]
    if any(curve is None for curve, _ in curves):
        return []
    rows: list[list[float | None]] = []
    for share in CURVE:
        found = summarise_values([reject(*curve, share, task.floor)[0] for curve in curves])
        rows.append([share, found["mean"], found["spread"]])
    return rows


def _reject_inside(pair: Pair, task: Task, place: Place) -> float | None:
    signal, background = (events.select(task.fall(events, place)) for events in pair)
    return reject(make_curve((signal, background)), background, task.efficiency, task.floor)[0]
