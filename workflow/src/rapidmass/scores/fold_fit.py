"""The map between scores of folds, from the background.

The background that makes the map is counted behind cuts later. Where the map follows single events,
as many of them pass a cut as the map says, while of other events of the same distribution half an
event more passes in each fold. So the map ends where `LEAST` effective events of the fold lie
beyond: there half an event is a tenth of the statistical uncertainty of five folds. From there on
it is a straight line, as steep as it was on average over the last events before its end.
"""

from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from rapidmass.datasets.folds import find_folds
from rapidmass.scores.fold_map import Curve, FoldMap, Values
from rapidmass.statistics.weighted_events import count_effective
from rapidmass.storage.parquet import open_parquet

LEAST = 100
STEEPNESS = 4  # of so many times the share beyond an end, the map takes its slope there
SAMPLE = 1_000_000  # events that say where the others are counted
MOST_EDGES = 20_000
TAIL = 5_000  # edges among the largest scores, where cuts are


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
    counts = {name: Counts(_find_edges(path, name), number) for name in columns}
    for table in iterate_scores(path, ["key", "weight", *columns]):
        folds = find_folds(table["key"].to_numpy(), number)
        for name, found in counts.items():
            found.add(table[name].to_numpy(), table["weight"].to_numpy(), folds)
    try:
        return FoldMap({name: found.make_curves() for name, found in counts.items()})
    except ValueError as error:
        raise ValueError(f"{path.parent}: {error}") from error


def iterate_scores(path: Path, columns: Sequence[str] | None = None) -> Iterator[pa.Table]:
    """Read a file of scores piece by piece, in order.

    Parameters
    ----------
    path
        The file.
    columns
        Columns to read; all if None.

    Yields
    ------
    pyarrow.Table
        A row group.
    """
    wanted = None if columns is None else list(columns)
    with open_parquet(path) as parquet:
        for group in range(parquet.num_row_groups):
            yield parquet.read_row_group(group, columns=wanted, use_threads=False)


def _find_edges(path: Path, column: str) -> NDArray[np.float64]:
    """Find where to count, by the first events: in the order of keys, they are any events."""
    found, rows = [np.empty(0, dtype=np.float32)], 0
    for table in iterate_scores(path, [column]):
        found.append(table[column].to_numpy())
        rows += table.num_rows
        if rows >= SAMPLE:
            break
    return choose_edges(np.concatenate(found))


def choose_edges(score: Values) -> NDArray[np.float64]:
    """Choose scores at which a map may bend: all distinct ones, if there are not too many.

    Parameters
    ----------
    score
        Shape (events,).

    Returns
    -------
    ndarray of float64
        Rising; all of the largest ones, and others at equal distances in rank.
    """
    edges = np.unique(score.astype(np.float64))
    if len(edges) <= MOST_EDGES:
        return edges
    bulk = np.linspace(0, len(edges) - TAIL - 1, MOST_EDGES - TAIL).astype(np.int64)
    return np.concatenate([edges[bulk], edges[-TAIL:]])


class Counts:
    """The background of each fold, counted between and at some scores: memory is bounded.

    Parameters
    ----------
    edges
        These scores, from `choose_edges`.
    number
        How many folds there are.
    """

    def __init__(self, edges: NDArray[np.float64], number: int) -> None:
        self._edges = edges
        # of weights and of their squares, by fold: below the first edge, at it, above it, ...
        self._sums = np.zeros((2, number, 2 * len(edges) + 1))
        self._events = np.zeros(number, dtype=np.int64)

    def add(self, score: Values, weight: NDArray[np.float64], folds: NDArray[np.int64]) -> None:
        """Add events, shape (events,): raw scores, weights, and which network gave the scores."""
        score = score.astype(np.float64)
        place = np.searchsorted(self._edges, score, "left")
        place += np.searchsorted(self._edges, score, "right")
        number, places = self._sums.shape[1:]
        place += folds * places
        for index, power in enumerate((weight, weight**2)):
            found = np.bincount(place, power, number * places)
            self._sums[index] += found.reshape(number, places)
        self._events += np.bincount(folds, minlength=number)

    def make_curves(self) -> list[Curve]:
        """Find what brings the scores of all folds to a common scale.

        Returns
        -------
        list of Curve
            By fold.

        Raises
        ------
        ValueError
            If a fold has no positive weight.
        """
        totals = self._sums[0].sum(axis=1)
        for fold, (total, events) in enumerate(zip(totals, self._events, strict=True)):
            if not total > 0:
                raise ValueError(
                    f"fold {fold} of {len(totals)} has {events} events of total weight {total:g}, "
                    "not a positive one: its scores cannot be compared with those of other folds; "
                    "more simulated events, or fewer folds, are needed"
                )
        by_fold = self._sums / np.stack([totals, totals**2])[:, :, None]
        everything = _Ranks(self._edges, *by_fold.mean(axis=1))
        return [
            _make_curve(_Ranks(self._edges, w, w2), everything)
            for w, w2 in zip(*by_fold, strict=True)
        ]


class _Ranks:
    """Scores, rising, and the shares of the weight below them: what is equal counts half.

    Where negative weights let the sum fall, it is taken between the highest value before and the
    lowest one behind.
    """

    def __init__(
        self, edges: NDArray[np.float64], w: NDArray[np.float64], w2: NDArray[np.float64]
    ) -> None:
        below, through = np.cumsum(w)[:-1:2], np.cumsum(w)[1::2]
        squares = np.cumsum(w2)[1::2]
        middle = (below + through) / 2
        rising = np.maximum.accumulate(middle)
        rising += np.minimum.accumulate(middle[::-1])[::-1]
        # of scores with the same share the middle one: between two events the curve is straight
        first = np.flatnonzero(np.diff(rising, prepend=-np.inf) > 0)
        kept = (first + np.append(first[1:], len(rising)) - 1) // 2
        self.score, self.share = edges[kept], rising[kept] / 2
        # effective events up to each score, and beyond it: the lower number
        least = np.minimum(
            count_effective(through, squares),
            count_effective(w.sum() - through, w2.sum() - squares),
        )
        self.beyond = least[kept]

    def choose_knots(self, lowest: float, highest: float) -> NDArray[np.int64]:
        """Choose scores with enough events beyond, whose shares best lie in a range."""
        inside = (self.share >= lowest) & (self.share <= highest)
        beyond = np.where(inside, self.beyond, -np.inf)
        return np.flatnonzero(beyond >= min(LEAST, beyond.max()))


def _make_curve(ranks: _Ranks, everything: _Ranks) -> Curve:
    knots = ranks.choose_knots(everything.share[0], everything.share[-1])
    common = np.interp(ranks.share[knots], everything.share, everything.score)
    rises = np.diff(common, prepend=-np.inf) > 0
    knots, common = knots[rises], common[rises]
    raw, share = ranks.score[knots], ranks.share[knots]
    return Curve(raw, common, _find_slopes(raw, common, share))


def _find_slopes(
    raw: NDArray[np.float64], common: NDArray[np.float64], share: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Find how steep a curve is near its ends; 1 where fewer events say so than lie beyond."""
    last = len(raw) - 1
    low = int(np.searchsorted(share, STEEPNESS * share[0], side="right")) - 1
    high = int(np.searchsorted(share, 1 - STEEPNESS * (1 - share[-1])))
    slopes = np.ones(2)
    for end, (a, b, beyond) in enumerate(((0, low, share[0]), (high, last, 1 - share[-1]))):
        if a < b and share[b] - share[a] >= beyond:
            slopes[end] = (common[b] - common[a]) / (raw[b] - raw[a])
    return slopes
