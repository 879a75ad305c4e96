"""One score of several: p-values among the background are combined, and ranked once more.

Each score of an event becomes the share of the background with as large a score (its p-value), in
the class of the event; the p-values are combined, and the combination becomes a p-value in the same
way. All curves that an event meets are made of background of other folds: no event ranks itself.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from rapidmass.config.models.baseline import CombinationRule
from rapidmass.datasets.folds import find_folds
from rapidmass.scores.blinding import is_below, read_thresholds, write_thresholds
from rapidmass.scores.files import open_scores
from rapidmass.scores.survival import ClassCurves, Floats, SurvivalCurve, Values

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


@dataclass(frozen=True, eq=False)
class _FoldCurves:
    """Curves of the background outside of a fold: of each score, and of their combination."""

    scores: tuple[ClassCurves, ...]
    combined: SurvivalCurve

    @classmethod
    def fit(
        cls,
        scores: Sequence[Values],
        label: Values | None,
        weight: Floats,
        rule: CombinationRule,
    ) -> Self:
        curves = tuple(ClassCurves.fit(score, weight, label) for score in scores)
        log_p = np.array([c.measure(s, label) for c, s in zip(curves, scores, strict=True)])
        return cls(curves, SurvivalCurve.fit(combine_p_values(log_p, rule), weight))

    def measure(
        self, scores: Sequence[Values], label: Values | None, rule: CombinationRule
    ) -> Floats:
        log_p = np.array([c.measure(s, label) for c, s in zip(self.scores, scores, strict=True)])
        return self.combined.measure(combine_p_values(log_p, rule))


class Combiner:
    """Combines scores of events.

    Parameters
    ----------
    keys
        Keys of the background, shape (events,).
    scores
        Its scores, shape (events,) each.
    label
        What its classes are made of; None: all events are of one class.
    weight
        Its weights.
    rule
        How p-values are combined.
    folds
        Number of folds.

    Raises
    ------
    ValueError
        If a fold leaves no background of positive weight.
    """

    def __init__(
        self,
        keys: NDArray[np.uint64],
        scores: Sequence[Values],
        label: Values | None,
        weight: Floats,
        *,
        rule: CombinationRule,
        folds: int,
    ) -> None:
        self._rule, self._folds = rule, folds
        own = find_folds(keys, folds)
        self._curves = [
            _FoldCurves.fit(
                [score[own != fold] for score in scores],
                None if label is None else label[own != fold],
                weight[own != fold],
                rule,
            )
            for fold in range(folds)
        ]

    def combine(
        self, keys: NDArray[np.uint64], scores: Sequence[Values], label: Values | None
    ) -> NDArray[np.float32]:
        """Combine the scores of events.

        Parameters
        ----------
        keys
            Shape (events,).
        scores
            Shape (events,) each, in the order of those of the background.
        label
            Shape (events,), as of the background.

        Returns
        -------
        ndarray of float32, shape (events,)
            -log10 of the p-value of the combination.
        """
        found = np.empty(len(keys), np.float32)
        own = find_folds(keys, self._folds)
        for fold, curves in enumerate(self._curves):
            mine = own == fold
            log_p = curves.measure(
                [score[mine] for score in scores],
                None if label is None else label[mine],
                self._rule,
            )
            found[mine] = -log_p / np.log(10)
        return found


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
    """Combine the scores of all events of a dataset.

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
    columns = _read(background, ["weight"])
    scores, label = _part(columns, classes=classes)
    combiner = Combiner(
        columns[0]["key"].to_numpy(), scores, label, columns[0]["weight"].to_numpy(),
        rule=rule, folds=folds,
    )  # fmt: skip
    found = _read(sources, None)
    scores, label = _part(found, classes=classes)
    combined = combiner.combine(found[0]["key"].to_numpy(), scores, label)
    blind_above = blind_above or {}
    kept = [name for name in found[0].column_names if not name.startswith("score_")]
    table = found[0].select(kept)
    table = table.set_column(table.column_names.index(SCORE), SCORE, pa.array(combined))
    table = table.replace_schema_metadata(
        {
            **(found[0].schema.metadata or {}),
            b"rapidmass.provenance.requests": json.dumps(provenance),
            **write_thresholds(blind_above),
        }
    )
    with open_scores(output, table.schema) as writer:
        writer.write_table(table.filter(pa.array(is_below(table, blind_above))))


def _part(tables: Sequence[pa.Table], *, classes: bool) -> tuple[list[Values], Values | None]:
    """Part scores from what classes are made of."""
    values = [table[SCORE].to_numpy() for table in tables]
    return (values[:-1], values[-1]) if classes else (values, None)


def _read(paths: Sequence[Path], more: Sequence[str] | None) -> list[pa.Table]:
    """Read the events that all files have; whole rows of the first one, if `more` is None.

    Only blinded files may lack events that others have.
    """
    wanted = ["key", SCORE]
    columns = [[*wanted, *more] if more is not None else None, *[wanted] * (len(paths) - 1)]
    tables = [
        pq.read_table(path, columns=names, use_threads=False)
        for path, names in zip(paths, columns, strict=True)
    ]
    keys = [table["key"].to_numpy() for table in tables]
    if not any(map(read_thresholds, paths)) and len({len(own) for own in keys}) > 1:
        raise ValueError(
            f"{', '.join(map(str, paths))} hold scores of other events; remove them to have them "
            "made anew"
        )
    common = keys[0]
    for other in keys[1:]:
        common = common[np.isin(common, other)]
    found = [
        table.filter(pa.array(np.isin(own, common)))
        for table, own in zip(tables, keys, strict=True)
    ]
    for path, table in zip(paths, found, strict=True):
        if not np.array_equal(table["key"].to_numpy(), common):
            raise ValueError(
                f"{path} holds its events in another order than {paths[0]}; remove both to have "
                "them made anew"
            )
    return found
