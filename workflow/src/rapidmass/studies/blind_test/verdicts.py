"""What the power of tests means in words."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

CUT = "cut"
SCORES = "all scores"
RATIOS = "all features"
PLAIN = 5.0  # standard deviations: a count alone would have excluded such a signal
ABSURD = 1000.0  # times the cross section that theory gives
FOUND = 0.5  # of mixtures


def name_absurd(strength: float, excluded: float | None) -> str:
    """Say why nobody would hide a signal of such a strength.

    Parameters
    ----------
    strength
        In units of the cross section of the theory.
    excluded
        Strength at which a count above the chosen cut is expected to have `PLAIN` standard
        deviations; None: at none.

    Returns
    -------
    str
        Empty where it makes sense.
    """
    reasons = []
    if strength > ABSURD:
        reasons.append(f"more than {ABSURD:,.0f} × theory")
    if excluded is not None and strength > excluded:
        reasons.append(f"a count alone expects more than {PLAIN:g} σ")
    return "; ".join(reasons)


def find_strength(points: Sequence[Mapping[str, Any]], test: str) -> float | None:
    """Find from which strength on a test finds a signal in half of the mixtures.

    Parameters
    ----------
    points
        Of a signal, from `rapidmass.studies.blind_test.measure.study_power`.
    test
        Name of the test.

    Returns
    -------
    float or None
        Interpolated in the logarithm of the strength between the two points around it; the first
        strength if that is enough, None if the last one is not.
    """
    strengths = np.log([point["strength"] for point in points if point["strength"] > 0])
    power = np.array([point["power"][test] for point in points if point["strength"] > 0])
    if power[-1] < FOUND:
        return None
    # behind the last point that is not enough
    below = np.flatnonzero(power < FOUND)
    first = int(below[-1]) + 1 if below.size else 0
    if first == 0:
        return float(np.exp(strengths[0]))
    share = (FOUND - power[first - 1]) / (power[first] - power[first - 1])
    return float(np.exp(strengths[first - 1] + share * (strengths[first] - strengths[first - 1])))
