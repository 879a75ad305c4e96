"""How well a score tells altered events from those that nothing was done to."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.compute as pc
import pyarrow.parquet as pq

from rapidmass.config.studies.altered_events import Alteration, ScalePt
from rapidmass.scores.read import ScoredEvents, read_background
from rapidmass.search.separation import (
    choose_axis,
    count_events,
    fill_scores,
    measure_separation,
)


def study_alterations(
    test: Path,
    altered: Path,
    alterations: Sequence[Alteration],
    *,
    column: str,
    luminosity: float,
    scored_share: float,
    minimum_effective_events: float,
) -> dict[str, Any]:
    """Compare the scores of altered events with those of the whole test set.

    Altered events have originals in the test set. The uncertainties take the two groups as
    independent, which makes them too large rather than too small.

    Parameters
    ----------
    test
        Scores of the test set.
    altered
        Scores of altered events: the same columns, and `alteration`.
    alterations
        What was done, in the order to list it.
    column
        Which score.
    luminosity
        Luminosity of the search in pb^-1.
    scored_share
        Share of the background that has scores.
    minimum_effective_events
        Where fewer effective background events pass a cut, no efficiency is quoted.

    Returns
    -------
    dict
        `test`: what `count_events` gives, and the distribution of the score as `shape`. `edges` of
        its bins. `alterations`: for each its `label`, `name`, `settings`, `factor` (None where
        there is none), counts and shape as for the test set, and what `measure_separation` gives,
        where the background are the events of the test set, and the signal altered ones.

    Raises
    ------
    ValueError
        If a file lacks a column.
    """
    weighting = {"luminosity": luminosity, "scored_share": scored_share}
    nominal = read_background(test, column=column, variables=(), **weighting)
    groups = _split(altered, read_background(altered, column=column, variables=(), **weighting))
    nothing = nominal.select(np.zeros(len(nominal.score), dtype=np.bool_))
    axis = choose_axis([nominal.score, *(group.score for group in groups.values())])

    def describe(events: ScoredEvents) -> dict[str, Any]:
        return {**count_events(events), "shape": fill_scores(axis, events)}

    found = []
    for alteration in alterations:
        factors = alteration.factors if isinstance(alteration, ScalePt) else (None,)
        for label, factor in zip(alteration.labels, factors, strict=True):
            events = groups.get(label, nothing)
            found.append(
                {
                    "label": label,
                    "name": alteration.name,
                    "settings": alteration.model_dump(mode="json"),
                    "factor": factor,
                    **describe(events),
                    **measure_separation(nominal, events, minimum_effective_events),
                }
            )
    return {"test": describe(nominal), "edges": axis.edges.tolist(), "alterations": found}


def _split(path: Path, events: ScoredEvents) -> dict[str, ScoredEvents]:
    """Split events by what was done to them."""
    column = pq.read_table(path, columns=["alteration"], use_threads=False)["alteration"]
    labels = pc.dictionary_encode(column.combine_chunks())
    codes = labels.indices.to_numpy()
    return {
        label: events.select(codes == code)
        for code, label in enumerate(labels.dictionary.to_pylist())
    }
