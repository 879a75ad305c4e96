"""Limits on signals that differ in a mass: which masses are excluded."""

from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Any

import numpy as np

Fitted = Mapping[str, Mapping[str, Mapping[str, Any]]]
BANDS = ("-2", "-1", "0", "1", "2")


def order_series(masses: Mapping[str, float], signals: Sequence[str]) -> list[tuple[float, str]]:
    """Order those signals of a series that there are by rising mass."""
    return sorted((mass, name) for name, mass in masses.items() if name in signals)


def choose_score(series: Sequence[tuple[float, str]], fits: Fitted) -> str | None:
    """Choose the score with the best expected limits of a series.

    Parameters
    ----------
    series
        Masses and names of signals.
    fits
        By signal and score, from `rapidmass.search.fit.fit_signal`.

    Returns
    -------
    str or None
        The score with the smallest geometric mean of limit over prediction, of those that have a
        limit for every mass; None if none has.
    """
    found = {}
    for scorer in fits[series[0][1]]:
        strengths = [get_strength(fits[name][scorer], "0") for _, name in series]
        known = [strength for strength in strengths if strength is not None]
        if len(known) == len(strengths):
            found[scorer] = float(np.mean(np.log(known)))
    return min(found, key=lambda scorer: found[scorer], default=None)


def get_strength(fit: Mapping[str, Any], band: str) -> float | None:
    """Get an upper limit in units of the prediction; None where there is none."""
    strength: float | None = (fit["strengths"] or {}).get(band)
    return strength or None


def find_excluded(
    series: Sequence[tuple[float, str]], fits: Fitted, scorer: str, band: str = "0"
) -> list[tuple[float, float]]:
    """Find the masses at which the prediction is excluded.

    Parameters
    ----------
    series
        Masses and names of signals, by rising mass.
    fits
        By signal and score.
    scorer
        Which score.
    band
        Which expected limit: `0` is the median.

    Returns
    -------
    list of tuple
        Ends of the ranges with a limit below the prediction. Between two masses the logarithm of
        their ratio is a straight line; beyond the first and the last one nothing is said.
    """
    points = [
        (mass, float(np.log(strength)))
        for mass, name in series
        if (strength := get_strength(fits[name][scorer], band)) is not None
    ]
    ends = [points[0][0]] if points and points[0][1] < 0 else []
    for (mass, height), (next_mass, next_height) in pairwise(points):
        if (height < 0) != (next_height < 0):
            ends.append(mass + (next_mass - mass) * height / (height - next_height))
    if len(ends) % 2:
        ends.append(points[-1][0])
    return list(zip(ends[::2], ends[1::2], strict=True))
