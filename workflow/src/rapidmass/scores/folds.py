"""Scores of several networks: each event has that of the network that did not see it."""

import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from rapidmass.datasets.folds import Fold, find_folds
from rapidmass.representations.base import Representation
from rapidmass.scores.files import open_scores
from rapidmass.scores.fold_fit import fit_fold_map, iterate_scores
from rapidmass.scores.fold_map import FoldMap, read_fold_map, write_fold_map
from rapidmass.scores.write import Scorer, write_scores


class FoldScorer:
    """Gives each event the score of the network, or fitted baseline, that did not see it.

    Parameters
    ----------
    scorers
        One for each fold, in order.
    fold_map
        Brings their scores to a common scale; None leaves them raw.

    Raises
    ------
    ValueError
        If they are not those of all folds, or differ in what they take.
    """

    def __init__(self, scorers: Sequence[Scorer], fold_map: FoldMap | None = None) -> None:
        for index, scorer in enumerate(scorers):
            wanted = Fold(index, len(scorers))
            if scorer.fold != wanted:
                raise ValueError(
                    f"{scorer.name} is to score fold {index} of {len(scorers)}, but did not leave "
                    "out these events alone when it was trained; remove it to have it made anew"
                )
        first = scorers[0]
        self._scorers, self._map = scorers, fold_map
        self.name = " or ".join(scorer.name for scorer in scorers)
        self.representation: Representation = first.representation
        self.selection: str | None = first.selection
        self.columns: Sequence[str] = first.columns
        self.fold: Fold | None = None
        for other in scorers[1:]:
            if (other.representation, other.selection) != (self.representation, self.selection):
                raise ValueError(f"{other.name} takes other events than {first.name}")
        if fold_map is not None:
            known = {column: len(curves) for column, curves in fold_map.curves.items()}
            if known != dict.fromkeys(self.columns, len(scorers)):
                raise ValueError(
                    f"the map of the scores of {self.name} is not made for them; remove the scores "
                    "of the background to have it made anew"
                )

    def score(self, table: pa.Table) -> Mapping[str, NDArray[np.float32]]:
        """Compute the scores of events, each (events,), by column."""
        folds = find_folds(table.column("key").to_numpy(), len(self._scorers))
        found = {name: np.empty(table.num_rows, dtype=np.float32) for name in self.columns}
        for fold, scorer in enumerate(self._scorers):
            mine = folds == fold
            if mine.any():
                for name, values in scorer.score(table.filter(pa.array(mine))).items():
                    found[name][mine] = values
        return found if self._map is None else self._map.apply(found, folds)


def combine_scorers(scorers: Sequence[Scorer], maps: Sequence[Path]) -> Scorer:
    """Make one scorer of those of all folds, if there are folds.

    Parameters
    ----------
    scorers
        One, or one for each fold.
    maps
        The file of the map of their scores; none without folds.

    Returns
    -------
    Scorer
        What gives scores.

    Raises
    ------
    ValueError
        If there are several scorers without a map, or they do not belong together.
    """
    if not maps:
        (scorer,) = scorers
        return scorer
    (path,) = maps
    return FoldScorer(scorers, read_fold_map(path))


def write_fold_scores(
    scorers: Sequence[Scorer],
    sources: Sequence[Path],
    output: Path,
    fold_map: Path,
    *,
    provenance: Mapping[str, Any],
) -> None:
    """Score the background by the networks of all folds, and make the map of their scores.

    Raw scores wait in a file; memory does not grow with the number of events.

    Parameters
    ----------
    scorers
        One for each fold, in order.
    sources
        Files with the whole background, with the column `weight`.
    output
        As `rapidmass.scores.write.write_scores` writes it, with scores on the common scale.
    fold_map
        NumPy's npz, for `read_fold_map`.
    provenance
        Stored in both files.

    Raises
    ------
    ValueError
        As `write_scores`, or if a fold has no positive weight.
    """
    scorer = FoldScorer(scorers)
    output.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=output.parent) as folder:
        raw = Path(folder, "raw")
        write_scores(scorer, sources, raw, provenance=provenance)
        found = fit_fold_map(raw, scorer.columns, len(scorers))
        with open_scores(output, pq.read_schema(raw)) as writer:
            for table in iterate_scores(raw):
                folds = find_folds(table["key"].to_numpy(), len(scorers))
                scores = {name: table[name].to_numpy() for name in scorer.columns}
                mapped = found.apply(scores, folds)
                columns = [
                    pa.array(mapped[name]) if name in mapped else table.column(name)
                    for name in table.column_names
                ]
                writer.write_table(pa.Table.from_arrays(columns, schema=table.schema))
    write_fold_map(fold_map, found, provenance)
