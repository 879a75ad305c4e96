"""What trees find that were trained on the signal itself, and what a score owes to its seed.

Both grow trees once more, fold by fold: no event is scored by trees that saw it.
"""

from collections.abc import Sequence
from dataclasses import replace
from itertools import combinations
from pathlib import Path
from statistics import fmean
from typing import Any

import numpy as np

from rapidmass.scores.read import ScoredEvents
from rapidmass.scores.unseen_trees import TreeMaterial, score_unseen
from rapidmass.statistics.roc import RocCurve
from rapidmass.statistics.weighted_ecdf import WeightedEcdf
from rapidmass.storage.parquet import open_shard
from rapidmass.studies.sensitivity.summary import SHARES

TAIL = SHARES[0]
LEAST = 200  # events of a signal: with fewer, trees on it say little of what could be found


def measure_ceilings(
    material: TreeMaterial, signals: Sequence[str], *, floor: float
) -> dict[str, dict[str, Any]]:
    """Measure what trees find of each signal that were trained on it, from one seed.

    Parameters
    ----------
    material
        What they are grown on.
    signals
        Names of the signals.
    floor
        Effective background events that have to pass for an efficiency to be quoted.

    Returns
    -------
    dict
        By signal the entries of a scan that the section reads: `roc`, with `auc` and
        `efficiencies`; `roc` is None of signals of fewer than 200 events.
    """
    found: dict[str, dict[str, Any]] = {}
    once = replace(material, settings=material.settings.model_copy(update={"ensemble": 1}))
    for signal in signals:
        if _count_events(material.samples[signal]) < LEAST:
            found[signal] = {"roc": None}
            continue
        background, scored = score_unseen(once, [signal], [signal])
        curve = _compare(background, scored[signal])
        efficiencies = [curve.compute_efficiency(share, floor)._asdict() for share in SHARES]
        auc = curve.compute_auc()._asdict()
        found[signal] = {"roc": {"auc": auc, "efficiencies": efficiencies}}
    return found


def _compare(background: ScoredEvents, signal: ScoredEvents) -> RocCurve:
    return RocCurve(background.score, background.weight, signal.score, signal.weight)


def _count_events(path: Path) -> int:
    with open_shard(path) as parquet:
        return int(parquet.metadata.num_rows)


def measure_seeds(
    material: TreeMaterial,
    priors: Sequence[str],
    signals: Sequence[str],
    *,
    seeds: int,
    floor: float,
) -> dict[str, Any]:
    """Measure what changes if trees are grown from other seeds.

    Parameters
    ----------
    material
        What they are grown on.
    priors
        Samples that they are told.
    signals
        Names of the signals that they score.
    seeds
        From how many seeds.
    floor
        As for `measure_ceilings`.

    Returns
    -------
    dict
        `efficiencies`: a list, for each seed one dictionary by signal with efficiencies at each of
        `SHARES`, None where undefined; signals without events are left out. `overlap`: where 1 %
        of the background passes, the weight of what passes from two seeds over that of what passes
        from either, on average over pairs.
    """
    tested = [name for name in signals if _count_events(material.samples[name]) > 0]
    efficiencies, tails = [], []
    weight = np.empty(0)
    for replica in range(1, seeds + 1):
        background, scored = score_unseen(material, priors, tested, replica)
        curves = {name: _compare(background, scored[name]) for name in tested}
        efficiencies.append(
            {
                name: [curve.compute_efficiency(share, floor).efficiency for share in SHARES]
                for name, curve in curves.items()
            }
        )
        ecdf = WeightedEcdf(background.score, background.weight, "background")
        tails.append(background.score >= ecdf.cut(TAIL).threshold)
        weight = background.weight
    overlaps = [
        float(weight[one & other].sum() / weight[one | other].sum())
        for one, other in combinations(tails, 2)
    ]
    return {"efficiencies": efficiencies, "overlap": fmean(overlaps)}
