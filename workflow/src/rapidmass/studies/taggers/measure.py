"""Rejection at an efficiency: of all jets, and in bins of a variable."""

from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from rapidmass.scores.ordered import open_ordered
from rapidmass.scores.read import ScoredEvents
from rapidmass.statistics.poisson_bootstrap import LEAST
from rapidmass.studies.taggers.rejection import NOTHING, Rejection, Tagger, Task, measure_rejection
from rapidmass.studies.taggers.replicas import replicate
from rapidmass.studies.taggers.seeds import spread_trainings

ENDS: Final = (0.1587, 0.8413)  # of a 68.3 % interval

Numbers = NDArray[np.float64]


def measure_taggers(
    taggers: Mapping[str, Sequence[Tagger]], channels: Sequence[str], task: Task, folder: Path
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
    folder
        Where the jets of a channel may lie meanwhile, if they are too many for memory.

    Returns
    -------
    dict
        `efficiency`, `variable`, `edges`, `reference`, and `pairs`, each with `signal`, `channel`
        and `taggers`: by name what `rapidmass.studies.taggers.rejection.measure_rejection` says of
        the tagger, and `seeds`: what `rapidmass.studies.taggers.seeds.spread_trainings` says, None
        of a single training. Bins have `ratio`, `ratio_low`, `ratio_high` to the rejection of the
        reference as well. What cannot be quoted is None.
    """
    first = {name: trainings[0] for name, trainings in taggers.items()}
    shares = replicate(first, channels, task)
    signals = next(iter(first.values())).signals
    found = {
        channel: {name: _measure_channel(trainings, channel, task, folder)
                  for name, trainings in taggers.items()}
        for channel in channels
    }  # fmt: skip
    pairs = []
    for signal in signals:
        for channel in channels:
            measured = {name: of_signals[signal] for name, of_signals in found[channel].items()}
            reference = shares[signal, channel, task.reference]
            for name, one in measured.items():
                rows = zip(one["bins"], shares[signal, channel, name], reference, strict=True)
                one["bins"] = [row | _compare(row, own, other, task) for row, own, other in rows]
            pairs.append({"signal": signal, "channel": channel, "taggers": measured})
    kept = {key: value for key, value in task._asdict().items() if key != "replicas"}
    return {**kept, "edges": list(task.edges), "pairs": pairs}


def _measure_channel(
    trainings: Sequence[Tagger], channel: str, task: Task, folder: Path
) -> dict[str, dict[str, Any]]:
    """Measure all trainings of a tagger on one channel, by signal."""

    def turn(training: Tagger) -> Iterator[ScoredEvents]:
        return (events.select(events.channel == channel) for events in training.iterate())

    found: dict[str, list[dict[str, Any]]] = {name: [] for name in trainings[0].signals}
    for training in trainings:
        with open_ordered(partial(turn, training), folder) as ordered:
            for name, signal in training.signals.items():
                found[name].append(measure_rejection(signal, ordered, task))
    return {
        name: {**measured[0], "seeds": spread_trainings(measured) if len(measured) > 1 else None}
        for name, measured in found.items()
    }


def _compare(row: Mapping[str, Any], own: Numbers, other: Numbers, task: Task) -> dict[str, Any]:
    """Compare with the reference, in all replicas."""
    with np.errstate(all="ignore"):
        ratios = other / own
    ratios = ratios[np.isfinite(ratios)]
    ratio: Rejection = NOTHING
    if row["rejection"] is not None and len(ratios) >= LEAST * task.replicas:
        low, high = map(float, np.quantile(ratios, ENDS))
        ratio = float(np.median(ratios)), low, high
    return dict(zip(("ratio", "ratio_low", "ratio_high"), ratio, strict=True))
