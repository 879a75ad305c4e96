"""Efficiencies of many scores for many signals, in a few numbers a score."""

from collections.abc import Mapping, Sequence
from statistics import fmean, median
from typing import Any, NamedTuple

SHARES = (0.01, 0.001)  # of the background

Scans = Mapping[str, Mapping[str, Mapping[str, Any]]]
"""Contents of scans, by score and signal."""
Efficiencies = Mapping[str, Mapping[str, float]]
"""Efficiencies at one share of the background by score and signal, where they are defined."""


class Summary(NamedTuple):
    """What a score finds of all signals at one share of the background.

    Parameters
    ----------
    signals
        Of how many signals an efficiency is defined.
    median, least
        Of the efficiencies.
    weakest
        The signal with the least.
    better
        For how many signals the score beats every baseline.
    ratio
        Median of the efficiency over that of the best baseline of each signal; None without
        baselines.
    to_told
        Median of the efficiency over the best of scores that were trained on the signal; None
        without any.
    """

    signals: int
    median: float
    least: float
    weakest: str
    better: int
    ratio: float | None
    to_told: float | None


class Spread(NamedTuple):
    """What changes with the seed at one share of the background.

    Parameters
    ----------
    seeds
        How many there are.
    medians, least
        Lowest, mean and highest over seeds of the median and the least efficiency over signals.
    """

    seeds: int
    medians: tuple[float, float, float]
    least: tuple[float, float, float]


def summarise_seeds(
    efficiencies: Sequence[Mapping[str, Sequence[float | None]]], place: int
) -> Spread | None:
    """Summarise how much efficiencies change with the seed.

    Parameters
    ----------
    efficiencies
        For each seed, efficiencies by signal at each of `SHARES`.
    place
        Which of `SHARES`.

    Returns
    -------
    Spread or None
        None if no efficiency is defined with every seed.
    """
    known = [
        [value for values in one.values() if (value := values[place]) is not None]
        for one in efficiencies
    ]
    if not all(known):
        return None
    groups = [median(values) for values in known], [min(values) for values in known]
    return Spread(len(known), *((min(group), fmean(group), max(group)) for group in groups))


def collect_efficiencies(scans: Scans, share: float) -> dict[str, dict[str, float]]:
    """Collect efficiencies for signals at one share of the background.

    Parameters
    ----------
    scans
        Contents of scans.
    share
        One of `SHARES`.

    Returns
    -------
    dict
        By score and signal; what is undefined is left out.
    """
    found: dict[str, dict[str, float]] = {}
    for scorer, by_signal in scans.items():
        found[scorer] = {}
        for signal, scan in by_signal.items():
            for entry in scan["roc"]["efficiencies"] if scan["roc"] is not None else ():
                if entry["background_efficiency"] == share and entry["efficiency"] is not None:
                    found[scorer][signal] = entry["efficiency"]
    return found


def summarise(
    efficiencies: Efficiencies, baselines: Sequence[str], told: Mapping[str, Sequence[str]]
) -> dict[str, Summary]:
    """Summarise what each score finds.

    Parameters
    ----------
    efficiencies
        From `collect_efficiencies`.
    baselines
        Scores that others have to beat.
    told
        Signals that each score was trained on.

    Returns
    -------
    dict
        By score, in their order; those without a defined efficiency are left out. A score is not
        compared with itself: the best baseline of a baseline is that of the others.
    """
    found = {}
    for scorer, own in efficiencies.items():
        if not own:
            continue
        rivals = _find_best(efficiencies, [name for name in baselines if name != scorer])
        knowing = {
            signal: max(
                (
                    efficiencies[name][signal]
                    for name, known in told.items()
                    if signal in known and signal in efficiencies.get(name, {})
                ),
                default=0.0,
            )
            for signal in own
        }
        weakest = min(own, key=lambda signal: own[signal])
        found[scorer] = Summary(
            len(own),
            median(own.values()),
            own[weakest],
            weakest,
            sum(value > rivals[signal] for signal, value in own.items() if signal in rivals),
            _compare(own, rivals),
            _compare(own, knowing),
        )
    return found


def _find_best(efficiencies: Efficiencies, names: Sequence[str]) -> dict[str, float]:
    best: dict[str, float] = {}
    for name in names:
        for signal, value in efficiencies[name].items():
            best[signal] = max(value, best.get(signal, 0.0))
    return best


def _compare(own: Mapping[str, float], others: Mapping[str, float]) -> float | None:
    ratios = [
        value / others[signal] for signal, value in own.items() if others.get(signal, 0.0) > 0
    ]
    return median(ratios) if ratios else None
