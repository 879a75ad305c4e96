"""Rejection at an efficiency: of all jets, and in bins of a variable."""

from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Any, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from rapidmass.scores.read import ScoredEvents
from rapidmass.statistics.poisson_bootstrap import LEAST, draw_copies
from rapidmass.statistics.roc import RocCurve

CURVE: Final = tuple(float(share) for share in np.linspace(0.3, 1.0, 29))
ENDS: Final = (0.1587, 0.8413)  # of a 68.3 % interval
BACKGROUND, SIGNAL = "background", "signal"

Flags = NDArray[np.bool_]
Numbers = NDArray[np.float64]


class Tagger(NamedTuple):
    """The scores of one tagger.

    Parameters
    ----------
    background
        All channels.
    signals
        By name.
    """

    background: ScoredEvents
    signals: Mapping[str, ScoredEvents]


class Task(NamedTuple):
    """What is measured.

    Parameters
    ----------
    efficiency
        Share of the signal that passes.
    variable, edges
        Event variable of the bins, and their edges.
    reference
        Name of the tagger that others are compared with.
    replicas
        Of the bootstrap.
    floor
        Fewest effective background events that must pass for a rejection to be quoted.
    """

    efficiency: float
    variable: str
    edges: Sequence[float]
    reference: str
    replicas: int
    floor: float


def measure_taggers(
    taggers: Mapping[str, Tagger], channels: Sequence[str], task: Task
) -> dict[str, Any]:
    """Measure what taggers reject of each background channel.

    Parameters
    ----------
    taggers
        By name, all of the same events in the same order.
    channels
        Background channels.
    task
        What is measured.

    Returns
    -------
    dict
        `efficiency`, `variable`, `edges`, `reference`, and `pairs`, each with `signal`, `channel`
        and `taggers`: by name `auc` (value and uncertainty), `curve` (rows of signal efficiency,
        rejection and the ends of its 68.3 % interval) and `bins`, the first of all jets. A bin has
        `from`, `to` (None for all), `signal_jets`, `background_jets`, `rejection`, `low`, `high`,
        and `ratio`, `ratio_low`, `ratio_high` to the rejection of the reference. What cannot be
        quoted is None.
    """
    first = next(iter(taggers.values()))
    copies = _draw(first.background, BACKGROUND, task)
    pairs = []
    for signal, events in first.signals.items():
        drawn = _draw(events, f"{SIGNAL} {signal}", task)
        for channel in channels:
            chosen = first.background.channel == channel
            cut = {
                name: (one.signals[signal], one.background.select(chosen))
                for name, one in taggers.items()
            }
            found = _compare(cut, (drawn, copies[:, chosen]), task)
            pairs.append({"signal": signal, "channel": channel, "taggers": found})
    kept = {key: value for key, value in task._asdict().items() if key != "replicas"}
    return {**kept, "edges": list(task.edges), "pairs": pairs}


def _draw(events: ScoredEvents, salt: str, task: Task) -> NDArray[np.float64]:
    """Draw how often each event counts, shape (replicas, events)."""
    numbers = range(task.replicas)
    return np.stack([draw_copies(events.key, k, f"taggers {salt}") for k in numbers])


def _compare(
    cut: Mapping[str, tuple[ScoredEvents, ScoredEvents]],
    copies: tuple[Numbers, Numbers],
    task: Task,
) -> dict[str, Any]:
    """Compare all taggers on one signal and one channel."""
    signal, background = next(iter(cut.values()))
    inside = [
        tuple(_fall(events, task.variable, low, high) for events in (signal, background))
        for low, high in _list_bins(task)
    ]
    own = {
        name: [_replicate(pair, chosen, copies, task) for chosen in inside]
        for name, pair in cut.items()
    }
    return {
        name: {
            "auc": _measure_auc(pair),
            "curve": _trace(pair, task),
            "bins": [
                _describe_bin(pair, chosen, place, (own[name][k], own[task.reference][k]), task)
                for k, (chosen, place) in enumerate(zip(inside, _list_bins(task), strict=True))
            ],
        }
        for name, pair in cut.items()
    }


def _list_bins(task: Task) -> list[tuple[float | None, float | None]]:
    return [(None, None), *pairwise(task.edges)]


def _fall(events: ScoredEvents, variable: str, low: float | None, high: float | None) -> Flags:
    """Tell which events fall into a bin."""
    values = events.variables[variable]
    if low is None or high is None:
        return np.ones(len(values), np.bool_)
    return (values >= low) & (values < high)


def _make_curve(pair: tuple[ScoredEvents, ScoredEvents]) -> RocCurve | None:
    """Make the curve of background against signal: the cut is chosen on the signal."""
    signal, background = pair
    if not (signal.weight.sum() > 0 and background.weight.sum() > 0):
        return None
    return RocCurve(signal.score, signal.weight, background.score, background.weight)


def _measure_auc(pair: tuple[ScoredEvents, ScoredEvents]) -> dict[str, float] | None:
    curve = _make_curve(pair)
    if curve is None:
        return None
    found = curve.compute_auc()  # of the signal above the background it is the rest
    return {"value": 1 - found.value, "uncertainty": found.uncertainty}


def _trace(pair: tuple[ScoredEvents, ScoredEvents], task: Task) -> list[list[float | None]]:
    curve = _make_curve(pair)
    if curve is None:
        return []
    return [[share, *_reject(curve, pair[1], share, task.floor)] for share in CURVE]


def _reject(
    curve: RocCurve, background: ScoredEvents, efficiency: float, floor: float
) -> tuple[float | None, float | None, float | None]:
    """Compute a rejection with the ends of its interval; nothing where too little passes."""
    found = curve.compute_efficiency(efficiency, floor)
    weight = background.weight
    effective = weight.sum() ** 2 / (weight**2).sum()
    if found.efficiency is None or not found.efficiency * effective >= floor:
        return None, None, None
    low, high = (None if not end else 1 / max(end, 0.0) for end in (found.high, found.low))
    return 1 / found.efficiency, low, high


def _replicate(
    pair: tuple[ScoredEvents, ScoredEvents],
    chosen: tuple[Flags, ...],
    copies: tuple[Numbers, Numbers],
    task: Task,
) -> Numbers:
    """Compute the share of the background that passes in all replicas, NaN where there is none."""
    signal, background = (events.select(flags) for events, flags in zip(pair, chosen, strict=True))
    found = np.full(task.replicas, np.nan)
    if not len(signal.score) or not len(background.score):
        return found
    order = np.argsort(-signal.score)
    # how many of the background lie above each signal event
    above = np.searchsorted(np.sort(-background.score), -signal.score[order], side="left")
    ranked = np.argsort(-background.score)
    mine, other = (one[:, flags] for one, flags in zip(copies, chosen, strict=True))
    for k in range(task.replicas):
        passed = np.cumsum(signal.weight[order] * mine[k, order])
        total = np.concatenate(([0.0], np.cumsum(background.weight[ranked] * other[k, ranked])))
        if passed[-1] > 0 and total[-1] > 0:
            last = np.searchsorted(passed, task.efficiency * passed[-1])
            found[k] = total[above[min(last, len(above) - 1)]] / total[-1]
    return found


def _describe_bin(
    pair: tuple[ScoredEvents, ScoredEvents],
    chosen: tuple[Flags, ...],
    place: tuple[float | None, float | None],
    replicas: tuple[Numbers, Numbers],
    task: Task,
) -> dict[str, Any]:
    signal, background = (events.select(flags) for events, flags in zip(pair, chosen, strict=True))
    curve = _make_curve((signal, background))
    nothing = (None, None, None)
    found = nothing if curve is None else _reject(curve, background, task.efficiency, task.floor)
    own, other = replicas
    with np.errstate(all="ignore"):
        ratios = other / own
    ratios = ratios[np.isfinite(ratios)]
    ratio: tuple[float | None, ...] = nothing
    if found[0] is not None and len(ratios) >= LEAST * task.replicas:
        ratio = (float(np.median(ratios)), *map(float, np.quantile(ratios, ENDS)))
    return {
        **dict(zip(("from", "to"), place, strict=True)),
        "signal_jets": len(signal.score),
        "background_jets": len(background.score),
        **dict(zip(("rejection", "low", "high"), found, strict=True)),
        **dict(zip(("ratio", "ratio_low", "ratio_high"), ratio, strict=True)),
    }
