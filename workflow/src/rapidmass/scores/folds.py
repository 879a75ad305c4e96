"""Scores of several networks of one kind: each event has that of the network that did not see it.

Networks that were trained on other events give scores of another scale. Those of fold j are brought
to a common one by the distribution of the background: a raw score becomes the share of the
background of fold j below it, and this the score below which the same share of all folds lies. The
order within a fold stays. The map is made of simulated background alone, and is the same for
background, signals, data and whatever else is scored.

The background that makes the map is counted behind cuts later. Where the map follows single events,
as many of them pass a cut as the map says, while of other events of the same distribution half an
event more passes in each fold. So the map ends where `LEAST` effective events of the fold lie
beyond: there half an event is a tenth of the statistical uncertainty of five folds. From there on
it is a straight line, as steep as it was on average over the last events before its end.
"""

import json
import tempfile
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from rapidmass.datasets.folds import Fold, find_folds
from rapidmass.provenance.atomic_files import write_whole
from rapidmass.representations.base import Representation
from rapidmass.scores.write import Scorer, open_scores, write_scores
from rapidmass.statistics.significance import count_effective

LEAST = 100
STEEPNESS = 4  # of so many times the share beyond an end, the map takes its slope there
MOST_KNOTS = 20_000
TAIL = 5_000  # knots among the largest scores, where cuts are: each of them counts

Values = NDArray[np.floating[Any]]


class Curve(NamedTuple):
    """What raw scores of a fold become: straight lines between points, both rising, and beyond.

    Parameters
    ----------
    raw, common
        Shape (knots,): rising.
    slopes
        Shape (2,): below and above them; positive.
    """

    raw: NDArray[np.float64]
    common: NDArray[np.float64]
    slopes: NDArray[np.float64]

    def apply(self, score: Values) -> NDArray[np.float64]:
        """Bring scores to the common scale."""
        below = np.minimum(score - self.raw[0], 0.0) * self.slopes[0]
        above = np.maximum(score - self.raw[-1], 0.0) * self.slopes[1]
        return np.asarray(np.interp(score, self.raw, self.common) + below + above)


@dataclass(frozen=True, eq=False)
class FoldMap:
    """What raw scores become.

    Parameters
    ----------
    curves
        One for each fold, by column.
    """

    curves: Mapping[str, Sequence[Curve]]

    def apply(
        self, scores: Mapping[str, NDArray[np.float32]], folds: NDArray[np.int64]
    ) -> dict[str, NDArray[np.float32]]:
        """Bring scores to the common scale.

        Parameters
        ----------
        scores
            Raw ones by column, each of shape (events,).
        folds
            Shape (events,): which network gave them.

        Returns
        -------
        dict
            By column.
        """
        found = {}
        for column, raw in scores.items():
            common = np.empty_like(raw)
            for fold, curve in enumerate(self.curves[column]):
                mine = folds == fold
                common[mine] = curve.apply(raw[mine])
            found[column] = common
        return found


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

    Raw scores wait in a file. Memory holds about 40 bytes an event at a time, of one score.

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
        with pq.ParquetFile(raw) as parquet, open_scores(output, parquet.schema_arrow) as writer:
            for group in range(parquet.num_row_groups):
                table = parquet.read_row_group(group, use_threads=False)
                folds = find_folds(table["key"].to_numpy(), len(scorers))
                scores = {name: table[name].to_numpy() for name in scorer.columns}
                for name, values in found.apply(scores, folds).items():
                    place = table.schema.get_field_index(name)
                    table = table.set_column(place, table.schema.field(name), pa.array(values))
                writer.write_table(table)
    write_fold_map(fold_map, found, provenance)


def fit_fold_map(path: Path, columns: Sequence[str], number: int) -> FoldMap:
    """Find what brings the scores of all folds to a common scale.

    Parameters
    ----------
    path
        Raw scores of the background, with the columns `key` and `weight`.
    columns
        Which scores.
    number
        How many folds there are.

    Returns
    -------
    FoldMap
        Of each column and fold.

    Raises
    ------
    ValueError
        If a fold has no event, or no positive weight.
    """
    table = pq.read_table(path, columns=["key", "weight"], use_threads=False)
    folds = find_folds(table["key"].to_numpy(), number)
    weight = table["weight"].to_numpy().copy()
    for fold in range(number):
        mine = folds == fold
        total = weight[mine].sum()
        if not total > 0:
            raise ValueError(
                f"{path}: fold {fold} of {number} has {np.count_nonzero(mine)} events of total "
                f"weight {total:g}, not a positive one: its scores cannot be compared with those "
                "of other folds; more simulated events, or fewer folds, are needed"
            )
        weight[mine] /= total
    curves = {}
    for column in columns:
        read = pq.read_table(path, columns=[column], use_threads=False)
        curves[column] = fit_curves(read[column].to_numpy(), weight, folds, number)
    return FoldMap(curves)


def fit_curves(
    score: Values, weight: NDArray[np.float64], folds: NDArray[np.int64], number: int
) -> list[Curve]:
    """Find what brings one score of all folds to a common scale.

    Parameters
    ----------
    score
        Shape (events,): raw.
    weight
        Shape (events,): of sum 1 in each fold. Negative ones are allowed.
    folds
        Shape (events,): which network gave the scores.
    number
        How many folds there are.

    Returns
    -------
    list of Curve
        By fold.
    """
    everything = _Ranks(score, weight)
    curves = []
    for fold in range(number):
        ranks = _Ranks(score[folds == fold], weight[folds == fold])
        knots = ranks.choose_knots(everything.share[0], everything.share[-1])
        common = np.interp(ranks.share[knots], everything.share, everything.score)
        rises = np.diff(common, prepend=-np.inf) > 0
        knots, common = knots[rises], common[rises]
        raw, share = ranks.score[knots], ranks.share[knots]
        curves.append(Curve(raw, common, _find_slopes(raw, common, share)))
    return curves


def _find_slopes(
    raw: NDArray[np.float64], common: NDArray[np.float64], share: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Find how steep a curve is near its ends; 1 where there is but one point."""
    last = len(raw) - 1
    low = int(np.searchsorted(share, STEEPNESS * share[0], side="right")) - 1
    high = int(np.searchsorted(share, 1 - STEEPNESS * (1 - share[-1])))
    pairs = (0, max(low, min(1, last))), (min(high, max(last - 1, 0)), last)
    return np.array(
        [(common[b] - common[a]) / (raw[b] - raw[a]) if b > a else 1.0 for a, b in pairs]
    )


class _Ranks:
    """Distinct scores, rising, and the shares of the weight below them: what is equal counts half.

    Where negative weights let the sum fall, it is taken between the highest value before and the
    lowest one behind; scores at which it does not rise are left out.
    """

    def __init__(self, score: Values, weight: NDArray[np.float64]) -> None:
        values, place = np.unique(score.astype(np.float64), return_inverse=True)
        w, w2 = (np.cumsum(np.bincount(place, power)) for power in (weight, weight**2))
        middle = (np.concatenate([[0.0], w[:-1]]) + w) / 2 / w[-1]
        rising = np.maximum.accumulate(middle)
        rising += np.minimum.accumulate(middle[::-1])[::-1]
        kept = np.diff(rising, prepend=-np.inf) > 0
        self.score, self.share = values[kept], rising[kept] / 2
        # effective events up to each score, and from the next one on: the lower number
        self.beyond = np.minimum(count_effective(w, w2), count_effective(w[-1] - w, w2[-1] - w2))
        self.beyond = self.beyond[kept]

    def choose_knots(self, lowest: float, highest: float) -> NDArray[np.int64]:
        """Choose scores with enough events beyond, whose shares best lie in a range."""
        inside = (self.share >= lowest) & (self.share <= highest)
        beyond = np.where(inside, self.beyond, -np.inf)
        knots = np.flatnonzero(beyond >= min(LEAST, beyond.max()))
        if len(knots) <= MOST_KNOTS:
            return knots
        bulk = np.linspace(0, len(knots) - TAIL - 1, MOST_KNOTS - TAIL).astype(np.int64)
        return np.concatenate([knots[bulk], knots[-TAIL:]])


def write_fold_map(path: Path, fold_map: FoldMap, provenance: Mapping[str, Any]) -> None:
    """Write a map: plain arrays, which no version of a library must understand.

    Parameters
    ----------
    path
        NumPy's npz.
    fold_map
        What to write.
    provenance
        Where it comes from, in JSON types.
    """
    numbers = {column: len(curves) for column, curves in fold_map.curves.items()}
    description = {"folds": numbers, "provenance": provenance}
    content: dict[str, Any] = {"description": np.array(json.dumps(description))}
    for column, curves in fold_map.curves.items():
        for fold, curve in enumerate(curves):
            content |= {
                f"{column}/{fold}/{part}": values for part, values in curve._asdict().items()
            }
    with write_whole(path) as temporary:
        np.savez(temporary, **content)


def read_fold_map(path: Path) -> FoldMap:
    """Read a map; nothing in the file is executed.

    Parameters
    ----------
    path
        What `write_fold_map` wrote.

    Returns
    -------
    FoldMap
        Equal to what was written, bit for bit.

    Raises
    ------
    ValueError
        If the file is damaged.
    """
    try:
        with path.open("rb") as stream, np.load(stream, allow_pickle=False) as content:
            numbers = json.loads(content["description"].item())["folds"]
            return FoldMap(
                {
                    column: [
                        Curve(*(content[f"{column}/{fold}/{part}"] for part in Curve._fields))
                        for fold in range(number)
                    ]
                    for column, number in numbers.items()
                }
            )
    except (zipfile.BadZipFile, EOFError, KeyError, ValueError) as error:
        raise ValueError(
            f"{path} is no map of scores ({error}); remove it to have it rebuilt"
        ) from error
