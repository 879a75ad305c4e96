"""What trees find that were trained on the signal itself, and what a score owes to its seed.

Both grow trees once more, fold by fold: no event is scored by trees that saw it. Scores of a fold
become the share of its background with smaller ones, which brings all folds to one scale.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import combinations
from pathlib import Path
from statistics import fmean
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from rapidmass.config.models.xgboost import BoostedTrees
from rapidmass.datasets.folds import is_seen
from rapidmass.models.classifiers.boosted_trees import grow_trees
from rapidmass.models.inputs.scaler import Scaler
from rapidmass.statistics.roc import RocCurve
from rapidmass.statistics.weighted_ecdf import WeightedEcdf
from rapidmass.storage.event_keys import derive_seed
from rapidmass.storage.parquet import iterate_events, open_shard
from rapidmass.studies.sensitivity.summary import SHARES

TAIL = SHARES[0]
LEAST = 200  # events of a signal: with fewer, trees on it say little of what could be found
Numbers = NDArray[np.float64]


class Scored(NamedTuple):
    """Scores and weights of events, each of shape (events,)."""

    score: Numbers
    weight: Numbers


@dataclass(frozen=True)
class Material:
    """What trees are grown on, and how.

    Parameters
    ----------
    megasets
        Files of the background.
    samples
        Files of signals and priors, by name.
    scalers
        One for each fold, which it leaves out.
    settings
        Of the trees.
    selection
        Name of the selection that the events passed.
    validation_fraction
        Fraction of events in the validation part.
    seed
        What is random follows from it, and from what trees are told.
    threads
        Processor threads.
    """

    megasets: Sequence[Path]
    samples: Mapping[str, Path]
    scalers: Sequence[Scaler]
    settings: BoostedTrees
    selection: str
    validation_fraction: float
    seed: int
    threads: int


def score_unseen(
    material: Material, told: Sequence[str], tested: Sequence[str], replica: int = 0
) -> tuple[Scored, dict[str, Scored]]:
    """Grow trees for each fold, and score what they did not see.

    Parameters
    ----------
    material
        What they are grown on.
    told
        Samples that they tell from the background.
    tested
        Samples that they score.
    replica
        Which seed.

    Returns
    -------
    background : Scored
        All events: the share of the background of their fold with a smaller score, 0 to 1.
    samples : dict
        The same of the tested samples.

    Raises
    ------
    ValueError
        As `rapidmass.models.classifiers.boosted_trees.grow_trees`.
    """
    pieces: dict[str, list[Scored]] = {name: [] for name in ("", *tested)}
    for scaler in material.scalers:
        trees = grow_trees(
            material.megasets,
            {name: material.samples[name] for name in told},
            scaler,
            material.settings,
            name=f"trees for {', '.join(told)}",
            selection=material.selection,
            validation_fraction=material.validation_fraction,
            seed=derive_seed(material.seed, "sensitivity", *told, replica),
            threads=material.threads,
        )
        files = {"": material.megasets} | {name: [material.samples[name]] for name in tested}
        found = {}
        for name, paths in files.items():
            read = list(_read_unseen(paths, scaler, trees.features))
            x, weight = (np.concatenate(parts) for parts in zip(*read, strict=True))
            score = trees.compute_scores(x) if len(x) else np.empty(0)
            found[name] = Scored(score.astype(np.float64), weight)
        places = WeightedEcdf(*found[""], "background of a fold")
        for name, (score, weight) in found.items():
            pieces[name].append(Scored(places.place(score), weight))
    joined = {
        name: Scored(*(np.concatenate(part) for part in zip(*some, strict=True)))
        for name, some in pieces.items()
    }
    return joined.pop(""), joined


def _read_unseen(
    paths: Sequence[Path], scaler: Scaler, features: NDArray[np.int64]
) -> Iterator[tuple[NDArray[np.float32], Numbers]]:
    for path in paths:
        for table in iterate_events(path, ["key", "weight", *scaler.representation.columns]):
            mine = ~is_seen(table.column("key").to_numpy(), scaler.fold)
            x = scaler.representation.decode(table).fill(features=features, padding=np.nan)
            yield x[mine], table.column("weight").to_numpy()[mine]


def measure_ceilings(
    material: Material, signals: Sequence[str], *, floor: float
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
        curve = RocCurve(*background, *scored[signal])
        efficiencies = [curve.compute_efficiency(share, floor)._asdict() for share in SHARES]
        auc = curve.compute_auc()._asdict()
        found[signal] = {"roc": {"auc": auc, "efficiencies": efficiencies}}
    return found


def _count_events(path: Path) -> int:
    with open_shard(path) as parquet:
        return int(parquet.metadata.num_rows)


def measure_seeds(
    material: Material,
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
        curves = {name: RocCurve(*background, *scored[name]) for name in tested}
        efficiencies.append(
            {
                name: [curve.compute_efficiency(share, floor).efficiency for share in SHARES]
                for name, curve in curves.items()
            }
        )
        threshold = WeightedEcdf(*background, "background").cut(TAIL).threshold
        tails.append(background.score >= threshold)
        weight = background.weight
    overlaps = [
        float(weight[one & other].sum() / weight[one | other].sum())
        for one, other in combinations(tails, 2)
    ]
    return {"efficiencies": efficiencies, "overlap": fmean(overlaps)}
