"""How well one score follows another: on the background, and in what it finds of signals."""

from collections.abc import Mapping, Sequence
from statistics import median
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.stats import rankdata

from rapidmass.report.formatting import Table, write_number, write_setting
from rapidmass.scores.read import ScoredEvents
from rapidmass.statistics.weighted_ecdf import WeightedEcdf
from rapidmass.studies.sensitivity.summary import SHARES, Efficiencies

NONE = "–"


def measure_following(network: ScoredEvents, original: ScoredEvents) -> dict[str, Any]:
    """Measure how alike two scores of the same background are.

    Parameters
    ----------
    network, original
        The same events, in the same order.

    Returns
    -------
    dict
        `rank_correlation`: Spearman's, with the weights of the events, of which negative ones count
        as 0. `shared`: at each of `SHARES`, where either score leaves that share of the background,
        the weight of what passes from both over that of what passes from either.
    """
    weight = np.clip(network.weight, 0.0, None)
    ranks = rankdata([network.score, original.score], axis=1)
    covariance = np.cov(ranks, aweights=weight)
    correlation = covariance[0, 1] / np.sqrt(covariance[0, 0] * covariance[1, 1])
    shared = []
    for share in SHARES:
        one, other = (_pass(events, weight, share) for events in (network, original))
        either = weight[one | other].sum()
        shared.append(float(weight[one & other].sum() / either) if either > 0 else None)
    return {"rank_correlation": float(correlation), "shared": shared}


def _pass(events: ScoredEvents, weight: NDArray[np.float64], share: float) -> NDArray[np.bool_]:
    passed: NDArray[np.bool_] = (
        events.score >= WeightedEcdf(events.score, weight, "background").cut(share).threshold
    )
    return passed


def tabulate_following(
    judged: Mapping[str, Any],
    followed: Mapping[str, str],
    efficiencies: Sequence[Efficiencies],
    note: str,
) -> Table:
    """Tabulate how well networks follow combinations.

    Parameters
    ----------
    judged
        What was measured, by score.
    followed
        The combination of each network.
    efficiencies
        At each of `SHARES`, by score and signal.
    note
        Text below.

    Returns
    -------
    Table
        A row for each network and share of the background: rank correlation, what passes from both,
        medians of the efficiencies of both, and the median and the least ratio of them.
    """
    rows = [
        [
            name,
            original,
            f"{write_setting(100 * share)} %",
            f"{judged[name]['following']['rank_correlation']:.3f}",
            _write(judged[name]["following"]["shared"][place]),
            *_compare(efficiencies[place][name], efficiencies[place][original]),
        ]
        for name, original in followed.items()
        for place, share in enumerate(SHARES)
    ]
    columns = (
        "Score", "Follows", "Background left", "Rank correlation", "Passes from both",
        "Median efficiency", "Of the original", "Median ratio", "Least ratio",
    )  # fmt: skip
    return Table(columns, rows, words=2, note=note)


def _compare(own: Mapping[str, float], other: Mapping[str, float]) -> list[str]:
    signals = [name for name in own if other.get(name, 0.0) > 0]
    if not signals:
        return [NONE] * 4
    ratios = [own[name] / other[name] for name in signals]
    medians = (median(group[name] for name in signals) for group in (own, other))
    return [write_number(value) for value in (*medians, median(ratios), min(ratios))]


def _write(value: float | None) -> str:
    return NONE if value is None else write_number(value)
