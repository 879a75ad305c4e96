"""What speaks for a score without any signal: made-up ones, and rare processes of the background.

A tilted background is a signal that needs no simulation: each event has the weight
exp(t u.z) beside its own, z being its event variables as normal scores and u a direction drawn at
random. It says how a score takes departures in any direction of what is measured.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtri
from scipy.stats import rankdata

from rapidmass.scores.read import ScoredEvents
from rapidmass.statistics.roc import RocCurve
from rapidmass.statistics.weighted_ecdf import WeightedEcdf
from rapidmass.statistics.weighted_events import count_effective

SHARE = 0.01  # of the background
STRENGTH = 2.0  # t: standard deviations by which a normal variable moves
RARE = 0.1  # largest share of the background that a channel may have to be a signal
LOW = 0.1  # quantile over tilts

Numbers = NDArray[np.float64]


def draw_tilts(events: ScoredEvents, number: int, *, floor: float, seed: int) -> list[Numbers]:
    """Draw made-up signals: weights for the events of the background.

    Parameters
    ----------
    events
        The background; its variables that are finite in all events and vary are tilted.
    number
        How many are drawn.
    floor
        Those of fewer effective events are left out.
    seed
        Decides the directions.

    Returns
    -------
    list of ndarray
        Each of shape (events,).
    """
    weight = np.clip(events.weight, 0.0, None)
    usable = [v for v in events.variables.values() if np.isfinite(v).all() and np.ptp(v) > 0]
    if not usable:
        return []
    z = np.array([_make_normal(values.astype(np.float64), weight) for values in usable])
    rng = np.random.default_rng(seed)
    tilts = []
    for _ in range(number):
        direction = rng.normal(size=len(z))
        pull = direction @ z
        spread = float(np.sqrt(np.cov(pull, aweights=weight)))
        tilted = weight * np.exp(STRENGTH * (pull - pull.max()) / spread)
        if count_effective(tilted.sum(), (tilted**2).sum()) >= floor:
            tilts.append(tilted)
    return tilts


def _make_normal(values: Numbers, weight: Numbers) -> Numbers:
    """Give values the normal scores of their ranks."""
    places = WeightedEcdf(values, weight, "background").place(values)
    normal: Numbers = ndtri(np.clip(places, 1e-5, 1 - 1e-5))
    return normal


def measure_tilts(
    events: ScoredEvents, tilts: Sequence[Numbers], *, floor: float
) -> dict[str, Any]:
    """Measure what a score finds of made-up signals where 1 % of the background is left.

    Parameters
    ----------
    events
        The scored background.
    tilts
        From `draw_tilts`.
    floor
        Effective background events that have to pass.

    Returns
    -------
    dict
        `number`, `median` and `low` (the 10 % quantile) of efficiencies, None where undefined.
    """
    ecdf = WeightedEcdf(events.score, events.weight, "background")
    cut = ecdf.cut(SHARE)
    known = ecdf.expect_effective(cut) >= floor
    passes = (events.score > cut.threshold) + cut.share * (events.score == cut.threshold)
    found = [float(tilt @ passes / tilt.sum()) for tilt in tilts] if known else []
    median, low = np.quantile(found, (0.5, LOW)).tolist() if found else (None, None)
    return {"number": len(found), "median": median, "low": low}


def measure_channels(
    events: ScoredEvents, channels: Sequence[str], *, floor: float
) -> dict[str, float]:
    """Measure what a score finds of each rare channel among all others, at 1 % of these.

    Parameters
    ----------
    events
        The scored background.
    channels
        Names of its channels.
    floor
        Effective events that a channel must have, and that have to pass of the others.

    Returns
    -------
    dict
        Efficiencies of channels of less than 10 % of the background, where they are defined.
    """
    total = float(events.weight.sum())
    found = {}
    for channel in channels:
        mine = events.channel == channel
        weight = events.weight[mine]
        known = float(count_effective(weight.sum(), (weight**2).sum()))
        if not 0 < weight.sum() < RARE * total or known < floor:
            continue
        others = events.select(~mine)
        curve = RocCurve(others.score, others.weight, events.score[mine], weight)
        value = curve.compute_efficiency(SHARE, floor).efficiency
        if value is not None:
            found[channel] = value
    return found


def rank_alike(one: Mapping[str, float], other: Mapping[str, float]) -> float | None:
    """Compute Spearman's rank correlation of two judgements of the same scores.

    Parameters
    ----------
    one, other
        Values by score; scores that either lacks take no part.

    Returns
    -------
    float or None
        None of fewer than three scores, or if either has them all equal.
    """
    names = [name for name in one if name in other]
    ranks = np.array([rankdata([group[name] for name in names]) for group in (one, other)])
    if len(names) < 3 or not np.ptp(ranks, axis=1).all():
        return None
    return float(np.corrcoef(ranks)[0, 1])
