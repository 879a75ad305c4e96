"""Trees that a study grows for itself, fold by fold, and the events that they did not see.

Scores of a fold become the share of its background with smaller ones, which brings all folds to one
scale.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from rapidmass.config.models.xgboost import BoostedTrees
from rapidmass.datasets.folds import is_unseen
from rapidmass.models.classifiers.boosted_trees import GrownTrees, grow_trees
from rapidmass.models.inputs.scaler import Scaler
from rapidmass.scores.read import ScoredEvents
from rapidmass.scores.tables import get_channels
from rapidmass.statistics.weighted_ecdf import WeightedEcdf
from rapidmass.storage.event_keys import derive_seed
from rapidmass.storage.parquet import iterate_events


@dataclass(frozen=True)
class TreeMaterial:
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
        What is random follows from it, from the study, and from what trees are told.
    threads
        Processor threads.
    study
        Name of the study.
    luminosity
        In pb^-1: what the weights of scored events are for.
    variables
        Event variables that scored events have.
    """

    megasets: Sequence[Path]
    samples: Mapping[str, Path]
    scalers: Sequence[Scaler]
    settings: BoostedTrees
    selection: str
    validation_fraction: float
    seed: int
    threads: int
    study: str
    luminosity: float = 1.0
    variables: Sequence[str] = ()


def score_unseen(
    material: TreeMaterial, told: Sequence[str], tested: Sequence[str], replica: int = 0
) -> tuple[ScoredEvents, dict[str, ScoredEvents]]:
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
    background : ScoredEvents
        All events, fold by fold; the score is the share of the background of their fold with a
        smaller one, 0 to 1.
    samples : dict
        The same of the tested samples.

    Raises
    ------
    ValueError
        As `rapidmass.models.classifiers.boosted_trees.grow_trees`.
    """
    pieces: dict[str, list[ScoredEvents]] = {name: [] for name in ("", *tested)}
    for scaler in material.scalers:
        trees = grow_trees(
            material.megasets,
            {name: material.samples[name] for name in told},
            scaler,
            material.settings,
            name=f"trees for {', '.join(told)}",
            selection=material.selection,
            validation_fraction=material.validation_fraction,
            seed=derive_seed(material.seed, material.study, *told, replica),
            threads=material.threads,
        )
        files = {"": material.megasets} | {name: [material.samples[name]] for name in tested}
        found = {name: _score(trees, paths, material) for name, paths in files.items()}
        places = WeightedEcdf(found[""].score, found[""].weight, "background of a fold")
        for name, events in found.items():
            score = places.place(events.score.astype(np.float64))
            pieces[name].append(replace(events, score=score))
    joined = {name: _join(some) for name, some in pieces.items()}
    return joined.pop(""), joined


def _score(trees: GrownTrees, paths: Sequence[Path], material: TreeMaterial) -> ScoredEvents:
    parts = [_make_nothing(material.variables)]
    for table, x in _read_unseen(trees, paths, material.variables):
        weight = table.column("weight").to_numpy() * material.luminosity
        variables = {name: table.column(name).to_numpy() for name in material.variables}
        key, score = table.column("key").to_numpy(), trees.compute_scores(x)
        parts.append(ScoredEvents(key, get_channels(table), score, weight, variables))
    return _join(parts)


def _make_nothing(variables: Sequence[str]) -> ScoredEvents:
    """Make what a file without events holds."""
    none = np.empty(0, np.float32)
    key, channel, weight = np.empty(0, np.uint64), np.empty(0, np.str_), np.empty(0)
    return ScoredEvents(key, channel, none, weight, dict.fromkeys(variables, none))


def _read_unseen(
    trees: GrownTrees, paths: Sequence[Path], variables: Sequence[str]
) -> Iterator[tuple[pa.Table, NDArray[np.float32]]]:
    """Read the events of the fold that trees did not see, and the elements that they take."""
    representation = trees.scaler.representation
    columns = ["key", "channel", "weight", *variables, *representation.columns]
    for path in paths:
        for table in iterate_events(path, columns):
            unseen = is_unseen(table.column("key").to_numpy(), trees.scaler.fold)
            if unseen.any():
                mine = table.filter(pa.array(unseen))
                encoded = representation.decode(mine)
                yield mine, encoded.fill(features=trees.features, padding=np.nan)


def _join(parts: Sequence[ScoredEvents]) -> ScoredEvents:
    return ScoredEvents(
        np.concatenate([part.key for part in parts]),
        np.concatenate([part.channel for part in parts]),
        np.concatenate([part.score for part in parts]),
        np.concatenate([part.weight for part in parts]),
        {
            name: np.concatenate([part.variables[name] for part in parts])
            for name in parts[0].variables
        },
    )
