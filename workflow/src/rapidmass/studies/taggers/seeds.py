"""How the numbers of a tagger spread over trainings with other seeds."""

from collections.abc import Mapping, Sequence
from typing import Any

from rapidmass.statistics.spread import summarise_values


def spread_trainings(trainings: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Summarise area, curve and rejections over trainings.

    Parameters
    ----------
    trainings
        From `rapidmass.studies.taggers.rejection.measure_rejection`, of the same jets; at least
        two.

    Returns
    -------
    dict
        `number` of trainings; `auc`, `curve` (rows of signal efficiency, and mean and standard
        deviation of the rejection) and `bins` (of all jets first), of each number what
        `rapidmass.statistics.spread.summarise_values` says.
    """
    bins = zip(*(one["bins"] for one in trainings), strict=True)
    return {
        "number": len(trainings),
        "auc": summarise_values([one["auc"] and one["auc"]["value"] for one in trainings]),
        "curve": _trace([one["curve"] for one in trainings]),
        "bins": [summarise_values([place["rejection"] for place in alike]) for alike in bins],
    }


def _trace(curves: Sequence[Sequence[Sequence[float | None]]]) -> list[list[float | None]]:
    if not all(curves):
        return []
    rows: list[list[float | None]] = []
    for points in zip(*curves, strict=True):
        found = summarise_values([rejection for _, rejection, *_ in points])
        rows.append([points[0][0], found["mean"], found["spread"]])
    return rows
