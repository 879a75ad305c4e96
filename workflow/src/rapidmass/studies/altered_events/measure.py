"""How well a score tells altered events from those that nothing was done to."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

from rapidmass.config.studies.altered_events import Alteration, ScalePt
from rapidmass.scores.ordered import View, open_ordered
from rapidmass.scores.read import ScoredEvents, iterate_background
from rapidmass.scores.tables import get_channels, iterate_tables
from rapidmass.search.separation import (
    count_events,
    fill_scores,
    find_ends,
    join_ends,
    measure_separation,
)
from rapidmass.statistics.ranked import Weighted


def study_alterations(
    test: Path,
    altered: Path,
    alterations: Sequence[Alteration],
    *,
    column: str,
    luminosity: float,
    scored_share: float,
    minimum_effective_events: float,
    folder: Path,
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
    folder
        Where events may lie meanwhile.

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
    weighting: dict[str, Any] = {
        "luminosity": luminosity, "scored_share": scored_share, "column": column, "variables": (),
    }  # fmt: skip
    labels = [label for alteration in alterations for label in alteration.labels]
    with (
        open_ordered(partial(_iterate, test, weighting), folder) as nominal,
        open_ordered(partial(_iterate_altered, altered, weighting), folder) as changed,
    ):
        groups = {label: _select(changed, label) for label in labels}
        axis = join_ends([find_ends(nominal), *map(find_ends, groups.values())])

        def describe(events: Sequence[Weighted]) -> dict[str, Any]:
            return {**count_events(events), "shape": fill_scores(axis, events)}

        found = []
        for alteration in alterations:
            factors = alteration.factors if isinstance(alteration, ScalePt) else (None,)
            for label, factor in zip(alteration.labels, factors, strict=True):
                events = groups[label]
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


def _iterate(path: Path, weighting: Mapping[str, Any]) -> Iterator[ScoredEvents]:
    return (events.keep_ties() for events in iterate_background(path, **weighting))


def _iterate_altered(path: Path, weighting: Mapping[str, Any]) -> Iterator[ScoredEvents]:
    """Read altered events; their channel is what was done to them."""
    labels = iterate_tables(path, ["alteration"])
    for events, table in zip(_iterate(path, weighting), labels, strict=True):
        yield replace(events, channel=get_channels(table.rename_columns(["channel"])))


def _select(events: Sequence[ScoredEvents], label: str) -> View:
    return View.select(events, lambda some: some.channel == label)
