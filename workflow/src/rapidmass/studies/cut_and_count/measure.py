"""Counting behind cuts by hand."""

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rapidmass.columnar.expressions import Expression
from rapidmass.config.studies.cut_and_count import CutAndCount
from rapidmass.scores.read import ScoredEvents
from rapidmass.statistics.significance import (
    compute_asimov_significance,
    compute_profiled_significance,
)
from rapidmass.statistics.weighted_events import count_effective

ALL = "all"
Places = Mapping[str, NDArray[np.bool_]]
Numbers = NDArray[np.float64]


def count_behind_cuts(
    background: Iterable[ScoredEvents],
    signals: Mapping[str, Iterable[ScoredEvents]],
    settings: CutAndCount,
    *,
    background_uncertainty: float,
    minimum_effective_events: float,
) -> dict[str, Any]:
    """Count background and signals behind all cuts, category by category.

    Parameters
    ----------
    background
        Events with the variables of cuts and categories, weighted to what they stand for, in
        pieces; at least one.
    signals
        The same of signals, by name.
    settings
        Cuts and categories.
    background_uncertainty
        Relative.
    minimum_effective_events
        With fewer effective background events behind the cuts no significance is defined.

    Returns
    -------
    dict
        `categories`, by name: `background`, a list from before any cut to behind all of them, with
        `cut`, `expected`, `uncertainty` and `effective`; and `signals`, by name: `before`,
        `expected`, `asimov` and `profiled` (of that count, without and with the uncertainty of the
        background, each a value or None). `combined`, by signal: the root of the sum of squares of
        the categories' significances, None where one is undefined.

    Raises
    ------
    ValueError
        If an event is in two categories.
    """
    counted = _count(background, settings)
    counts = {name: _count(parts, settings) for name, parts in signals.items()}
    found: dict[str, Any] = {}
    for category, sums in counted.items():
        behind: list[dict[str, Any]] = [
            {"cut": cut, **_describe(*pair)} for cut, pair in sums.items()
        ]
        found[category] = {"background": behind, "signals": {}}
        for name, own in counts.items():
            sums_of_signal = list(own[category].values())
            before, after = (_describe(*sums_of_signal[place]) for place in (0, -1))
            found[category]["signals"][name] = {
                "before": before["expected"],
                "expected": after["expected"],
                **_find_significances(
                    after, behind[-1], background_uncertainty, minimum_effective_events
                ),
            }
    combined = {
        name: {
            kind: _combine([one["signals"][name][kind] for one in found.values()])
            for kind in ("asimov", "profiled")
        }
        for name in counts
    }
    return {"categories": found, "combined": combined}


def _count(parts: Iterable[ScoredEvents], settings: CutAndCount) -> dict[str, dict[str, Numbers]]:
    """Sum weights and their squares, by category and cut: first of all events, before any cut."""
    found: dict[str, dict[str, Numbers]] = {}
    for events in parts:
        passing = _list_passing(events, settings)
        for category, place in _find_places(events, settings).items():
            sums = found.setdefault(category, {cut: np.zeros(2) for cut in passing})
            for cut, mask in passing.items():
                weight = events.weight[place & mask]
                sums[cut] += weight.sum(), (weight**2).sum()
    return found


def _find_places(events: ScoredEvents, settings: CutAndCount) -> Places:
    if not settings.categories:
        return {ALL: np.ones(len(events.weight), np.bool_)}
    places = {
        one.name: np.broadcast_to(
            Expression(one.where).select(events.variables), events.weight.shape
        )
        for one in settings.categories
    }
    if np.sum(list(places.values()), axis=0).max(initial=0) > 1:
        raise ValueError(
            "studies.cut_and_count.categories: an event is in two of them; change `where`"
        )
    return places


def _list_passing(events: ScoredEvents, settings: CutAndCount) -> Places:
    mask = np.ones(len(events.weight), np.bool_)
    found = {"": mask}
    for cut in settings.cuts or ():
        mask = mask & Expression(cut.require).select(events.variables)
        found[cut.name] = mask
    return found


def _describe(total: float, square: float) -> dict[str, float]:
    return {
        "expected": float(total),
        "uncertainty": float(np.sqrt(square)),
        "effective": float(count_effective(total, square)),
    }


def _find_significances(
    s: Mapping[str, float], b: Mapping[str, float], systematic: float, least: float
) -> dict[str, float | None]:
    if b["effective"] < least or not b["expected"] > 0 or s["expected"] < 0:
        return {"asimov": None, "profiled": None}
    numbers = s["expected"], b["expected"], s["uncertainty"] ** 2, b["uncertainty"] ** 2
    return {
        "asimov": float(compute_asimov_significance(*numbers).value),
        "profiled": float(
            compute_profiled_significance(*numbers, background_uncertainty=systematic).value
        ),
    }


def _combine(significances: list[float | None]) -> float | None:
    known = [z for z in significances if z is not None]
    return float(np.sqrt(np.sum(np.square(known)))) if len(known) == len(significances) else None
