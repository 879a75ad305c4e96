"""Rejection at an efficiency: of all jets, and in bins of a variable."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from rapidmass.scores.read import ScoredEvents
from rapidmass.statistics.poisson_bootstrap import LEAST, draw_copies
from rapidmass.studies.taggers.rejection import (
    CURVE,
    Flags,
    Pair,
    Place,
    Tagger,
    Task,
    make_curve,
    measure_auc,
    reject,
)
from rapidmass.studies.taggers.seeds import spread_trainings

ENDS: Final = (0.1587, 0.8413)  # of a 68.3 % interval
BACKGROUND, SIGNAL = "background", "signal"

Numbers = NDArray[np.float64]
Copies = NDArray[np.uint8]


def measure_taggers(
    taggers: Mapping[str, Sequence[Tagger]], channels: Sequence[str], task: Task
) -> dict[str, Any]:
    """Measure what taggers reject of each background channel.

    Parameters
    ----------
    taggers
        By name the trainings of each, the tagger itself first and then those with other seeds; all
        of the same events in the same order.
    channels
        Background channels.
    task
        What is measured.

    Returns
    -------
    dict
        `efficiency`, `variable`, `edges`, `reference`, and `pairs`, each with `signal`, `channel`
        and `taggers`: by name `auc` (value and uncertainty), `curve` (rows of signal efficiency,
        rejection and the ends of its 68.3 % interval), `bins`, the first of all jets, and `seeds`:
        what `rapidmass.studies.taggers.seeds.spread_trainings` says, None of a single training. A
        bin has `from`, `to` (None for all), `signal_jets`, `background_jets`, `rejection`, `low`,
        `high`, and `ratio`, `ratio_low`, `ratio_high` to the rejection of the reference. What
        cannot be quoted is None.
    """
    (first, *_) = next(iter(taggers.values()))
    copies = _draw(first.background, BACKGROUND, task)
    pairs = []
    for signal, events in first.signals.items():
        drawn = _draw(events, f"{SIGNAL} {signal}", task)
        for channel in channels:
            chosen = first.background.channel == channel
            cut = {
                name: [(one.signals[signal], one.background.select(chosen)) for one in trainings]
                for name, trainings in taggers.items()
            }
            found = _compare(cut, (drawn, copies[:, chosen]), task)
            pairs.append({"signal": signal, "channel": channel, "taggers": found})
    kept = {key: value for key, value in task._asdict().items() if key != "replicas"}
    return {**kept, "edges": list(task.edges), "pairs": pairs}


def _draw(events: ScoredEvents, salt: str, task: Task) -> Copies:
    """Draw how often each event counts, shape (replicas, events)."""
    copies = np.empty((task.replicas, len(events.key)), np.uint8)  # no number is above 20
    for k in range(task.replicas):
        copies[k] = draw_copies(events.key, k, f"taggers {salt}")
    return copies


def _compare(
    cut: Mapping[str, Sequence[Pair]], copies: tuple[Copies, Copies], task: Task
) -> dict[str, Any]:
    """Compare all taggers on one signal and one channel."""
    ((signal, background), *_) = next(iter(cut.values()))
    inside = [(task.fall(signal, place), task.fall(background, place)) for place in task.bins]
    own = {
        name: [_replicate(pair, chosen, copies, task) for chosen in inside]
        for name, (pair, *_) in cut.items()
    }
    return {
        name: {
            "auc": _describe_auc(trainings[0]),
            "curve": _trace(trainings[0], task),
            "bins": [
                _describe_bin(
                    trainings[0], chosen, place, (own[name][k], own[task.reference][k]), task
                )
                for k, (chosen, place) in enumerate(zip(inside, task.bins, strict=True))
            ],
            "seeds": spread_trainings(trainings, task) if len(trainings) > 1 else None,
        }
        for name, trainings in cut.items()
    }


def _describe_auc(pair: Pair) -> dict[str, float | None] | None:
    value, uncertainty = measure_auc(make_curve(pair))
    return None if value is None else {"value": value, "uncertainty": uncertainty}


def _trace(pair: Pair, task: Task) -> list[list[float | None]]:
    curve = make_curve(pair)
    if curve is None:
        return []
    return [[share, *reject(curve, pair[1], share, task.floor)] for share in CURVE]


def _replicate(
    pair: Pair,
    chosen: tuple[Flags, ...],
    copies: tuple[Copies, Copies],
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
    pair: Pair,
    chosen: tuple[Flags, ...],
    place: Place,
    replicas: tuple[Numbers, Numbers],
    task: Task,
) -> dict[str, Any]:
    signal, background = (events.select(flags) for events, flags in zip(pair, chosen, strict=True))
    found = reject(make_curve((signal, background)), background, task.efficiency, task.floor)
    own, other = replicas
    with np.errstate(all="ignore"):
        ratios = other / own
    ratios = ratios[np.isfinite(ratios)]
    ratio: tuple[float | None, ...] = (None, None, None)
    if found[0] is not None and len(ratios) >= LEAST * task.replicas:
        ratio = (float(np.median(ratios)), *map(float, np.quantile(ratios, ENDS)))
    return {
        **dict(zip(("from", "to"), place, strict=True)),
        "signal_jets": len(signal.score),
        "background_jets": len(background.score),
        **dict(zip(("rejection", "low", "high"), found, strict=True)),
        **dict(zip(("ratio", "ratio_low", "ratio_high"), ratio, strict=True)),
    }
