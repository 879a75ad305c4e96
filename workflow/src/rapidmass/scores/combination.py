"""One score of several: p-values among the background are combined, and ranked once more.

Each score of an event becomes the share of the background with as large a score (its p-value), in
the class of the event; the p-values are combined, and the combination becomes a p-value in the same
way. All curves that an event meets are made of background of other folds: no event ranks itself.
"""

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from rapidmass.config.models.baseline import CombinationRule
from rapidmass.datasets.folds import find_folds
from rapidmass.scores.alike import iterate_alike
from rapidmass.scores.blinding import is_below, write_thresholds
from rapidmass.scores.files import open_scores
from rapidmass.scores.ordered import make_bare_events, open_ordered
from rapidmass.scores.read import ScoredEvents
from rapidmass.scores.survival import (
    LABEL,
    ClassCurves,
    Floats,
    SurvivalCurve,
    Values,
    choose_edges,
)
from rapidmass.storage.spool import Spool

SCORE = "score"


def combine_p_values(log_p: Floats, rule: CombinationRule) -> Floats:
    """Combine p-values.

    Parameters
    ----------
    log_p
        Shape (scores, events): natural logarithms.
    rule
        `sum_log_p`: minus the sum of the logarithms, which has the order of R. A. Fisher's test.
        `min_p`: minus the smallest, of L. H. C. Tippett.

    Returns
    -------
    ndarray
        Shape (events,); larger is more anomalous.
    """
    if rule == "sum_log_p":
        return np.asarray(-log_p.sum(axis=0))
    return np.asarray(-log_p.min(axis=0))


class Scored(NamedTuple):
    """Several scores of events.

    Parameters
    ----------
    keys
        Shape (events,).
    scores
        Shape (events,) each.
    label
        Shape (events,): what classes are made of; None: all events are of one class.
    weight
        Shape (events,): of background; empty for others.
    """

    keys: NDArray[np.uint64]
    scores: Sequence[Values]
    label: Values | None
    weight: Floats

    def select(self, chosen: NDArray[np.bool_]) -> "Scored":
        """Select events."""
        label = None if self.label is None else self.label[chosen]
        weight = self.weight[chosen] if len(self.weight) else self.weight
        return Scored(self.keys[chosen], [s[chosen] for s in self.scores], label, weight)


@dataclass(frozen=True, eq=False)
class _FoldCurves:
    """Curves of the background outside of a fold: of each score, and of their combination."""

    scores: tuple[ClassCurves, ...]
    combined: SurvivalCurve

    def measure(self, some: Scored, rule: CombinationRule) -> Floats:
        return self.combined.measure(_combine(self.scores, some, rule))


def _combine(curves: Sequence[ClassCurves], some: Scored, rule: CombinationRule) -> Floats:
    pairs = zip(curves, some.scores, strict=True)
    return combine_p_values(np.array([c.measure(s, some.label) for c, s in pairs]), rule)


class Combiner:
    """Combines scores of events.

    Parameters
    ----------
    iterate
        Gives the background in pieces; it is asked several times for each score and fold.
    rule
        How p-values are combined.
    folds
        Number of folds.
    folder
        Where curves wait, as long as this is used, if there is too much background for memory.

    Raises
    ------
    ValueError
        If a fold leaves no background of positive weight.
    """

    def __init__(
        self,
        iterate: Callable[[], Iterable[Scored]],
        *,
        rule: CombinationRule,
        folds: int,
        folder: Path,
    ) -> None:
        self._iterate, self._rule, self._folds, self._folder = iterate, rule, folds, folder
        with ExitStack() as stack:
            ordered = [
                stack.enter_context(open_ordered(partial(self._turn, place), folder))
                for place in range(len(next(iter(iterate())).scores))
            ]
            self._curves = [self._fit(ordered, fold) for fold in range(folds)]

    def _turn(self, place: int) -> Iterator[ScoredEvents]:
        """Give the background with one score, in double precision: equal ones stay equal."""
        for some in self._iterate():
            # the other one is a variable of any precision
            label: Any = {} if some.label is None else {LABEL: some.label}
            yield make_bare_events(
                some.keys, some.scores[place].astype(np.float64), some.weight, label
            )

    def _fit(self, ordered: Sequence[Sequence[ScoredEvents]], fold: int) -> _FoldCurves:
        def is_other(events: ScoredEvents | Scored) -> NDArray[np.bool_]:
            keys = events.keys if isinstance(events, Scored) else events.key
            return np.asarray(find_folds(keys, self._folds) != fold)

        others = (some.select(is_other(some)) for some in self._iterate())
        labels = ((some.label, some.weight) for some in others if some.label is not None)
        edges = choose_edges(labels)
        curves = tuple(ClassCurves.fit(pieces, is_other, edges) for pieces in ordered)
        with TemporaryDirectory(dir=self._folder) as place:
            spool = Spool(Path(place))
            for some in self._iterate():
                other = some.select(is_other(some))
                spool.append(np.array([_combine(curves, other, self._rule), other.weight]))
            combined = partial(_iterate_spool, spool)
            with open_ordered(combined, Path(place)) as pieces:
                return _FoldCurves(curves, SurvivalCurve.fit(pieces))

    def combine(self, some: Scored) -> NDArray[np.float32]:
        """Combine the scores of events.

        Parameters
        ----------
        some
            With scores in the order of those of the background; weights do not count.

        Returns
        -------
        ndarray of float32, shape (events,)
            -log10 of the p-value of the combination.
        """
        found = np.empty(len(some.keys), np.float32)
        own = find_folds(some.keys, self._folds)
        for fold, curves in enumerate(self._curves):
            mine = own == fold
            found[mine] = -curves.measure(some.select(mine), self._rule) / np.log(10)
        return found


def _iterate_spool(spool: Spool) -> Iterator[ScoredEvents]:
    for score, weight in spool:
        yield make_bare_events(np.zeros(len(score), dtype=np.uint64), score, weight, {})


def write_combination(
    sources: Sequence[Path],
    background: Sequence[Path],
    output: Path,
    *,
    rule: CombinationRule,
    folds: int,
    classes: bool,
    provenance: Mapping[str, Any],
    blind_above: Mapping[str, float] | None = None,
) -> None:
    """Combine the scores of all events of a dataset, in pieces.

    Parameters
    ----------
    sources
        Files of scores of the dataset, one a score; with `classes` one more, of what classes are
        made of.
    background
        The files of the background, in the same order.
    output
        Written as the first of the sources, with the combination as score.
    rule
        How p-values are combined.
    folds
        Number of folds.
    classes
        Whether the last file says the classes.
    provenance
        Stored in the file.
    blind_above
        Thresholds by column, as `rapidmass.scores.write.write_scores` takes them. What one of the
        sources leaves out is left out in any case.

    Raises
    ------
    ValueError
        If files hold scores of other events.
    """
    blind_above = blind_above or {}
    part = partial(_part, classes=classes)
    metadata = {
        **(pq.read_schema(sources[0]).metadata or {}),
        b"rapidmass.provenance.requests": json.dumps(provenance).encode(),
        **write_thresholds(blind_above),
    }
    with TemporaryDirectory(dir=output.parent, prefix=".combined-") as folder, ExitStack() as stack:
        combiner = Combiner(
            lambda: map(part, iterate_alike(background, ["key", SCORE, "weight"])),
            rule=rule,
            folds=folds,
            folder=Path(folder),
        )
        writer: pq.ParquetWriter | None = None
        for tables in iterate_alike(sources, None):
            table = _replace_score(tables[0], combiner.combine(part(tables)))
            table = table.replace_schema_metadata(metadata)
            if writer is None:
                writer = stack.enter_context(open_scores(output, table.schema))
            writer.write_table(table.filter(pa.array(is_below(table, blind_above))))


def _replace_score(table: pa.Table, score: NDArray[np.float32]) -> pa.Table:
    kept = table.select([name for name in table.column_names if not name.startswith("score_")])
    return kept.set_column(kept.column_names.index(SCORE), SCORE, pa.array(score))


def _part(tables: Sequence[pa.Table], *, classes: bool) -> Scored:
    """Part scores from what classes are made of."""
    values = [table[SCORE].to_numpy() for table in tables]
    label = values.pop() if classes else None
    first = tables[0]
    weight = first["weight"].to_numpy() if "weight" in first.column_names else np.empty(0)
    return Scored(first["key"].to_numpy(), values, label, weight)
