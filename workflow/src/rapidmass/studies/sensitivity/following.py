"""How well one score follows another: on the background, and in what it finds of signals."""

from collections.abc import Mapping, Sequence
from statistics import median
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rapidmass.report.formatting import Table, write_number, write_setting
from rapidmass.scores.ordered import View
from rapidmass.scores.read import ScoredEvents
from rapidmass.statistics.ranked import Ranked
from rapidmass.statistics.weighted_ecdf import WeightedEcdf
from rapidmass.studies.sensitivity.pieces import Pieces, gather
from rapidmass.studies.sensitivity.summary import SHARES, Efficiencies

NONE = "–"


def measure_following(
    network: tuple[Pieces, Sequence[ScoredEvents]], original: tuple[Pieces, Sequence[ScoredEvents]]
) -> dict[str, Any]:
    """Measure how alike two scores of the same background are.

    Parameters
    ----------
    network, original
        What gives the same events in pieces of the same events; and the events in the order of
        their scores.

    Returns
    -------
    dict
        `rank_correlation`: Spearman's, with the weights of the events, of which negative ones count
        as 0. `shared`: at each of `SHARES`, where either score leaves that share of the background,
        the weight of what passes from both over that of what passes from either.
    """
    pair = network, original
    ranks = [WeightedEcdf.of_pieces(View(some, _count), "background") for _, some in pair]
    weighed = [WeightedEcdf.of_pieces(View(some, _clip), "background") for _, some in pair]
    cuts = np.array([[ecdf.cut(share).threshold for share in SHARES] for ecdf in weighed])
    moments, passed = np.zeros((3, 3)), np.zeros((2, len(SHARES)))
    parts = zip(network[0](), original[0](), strict=True)
    for weight, *scores in gather(np.array([_clip(a).weight, a.score, b.score]) for a, b in parts):
        # of places in the middle of all, so that no sums cancel
        numbers = np.array([np.ones(len(weight)), *map(_place, ranks, scores)])
        moments += (numbers * weight) @ numbers.T
        for k, pair_of_cuts in enumerate(cuts.T):
            one, other = (score >= cut for score, cut in zip(scores, pair_of_cuts, strict=True))
            passed[:, k] += weight[one & other].sum(), weight[one | other].sum()
    moments /= moments[0, 0]
    covariance = moments[1:, 1:] - np.outer(moments[0, 1:], moments[0, 1:])
    correlation = covariance[0, 1] / np.sqrt(covariance[0, 0] * covariance[1, 1])
    shared = [both / either if either > 0 else None for both, either in passed.T.tolist()]
    return {"rank_correlation": float(correlation), "shared": shared}


def _count(events: ScoredEvents) -> Ranked:
    return Ranked(events.score, np.ones(len(events.score)))


def _clip(events: ScoredEvents) -> Ranked:
    return Ranked(events.score, np.clip(events.weight, 0.0, None))


def _place(ranks: WeightedEcdf, score: NDArray[np.float64]) -> NDArray[np.float64]:
    """Find the ranks of scores, from -1/2 to 1/2; equal ones have one."""
    return ranks.place(score) - 0.5


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
