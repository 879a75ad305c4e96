"""Scores of one training of a tagger, read from their files."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from rapidmass.scores.read import ScoredEvents, iterate_background, read_signal
from rapidmass.studies.taggers.rejection import Tagger


def read_tagger(
    background: Path,
    signals: Mapping[str, tuple[Path, float]],
    column: str,
    *,
    luminosity: float,
    scored_share: float,
    variable: str,
) -> Tagger:
    """Read the scores of one training, the background piece by piece.

    Equal scores get an order that belongs to the events.

    Parameters
    ----------
    background
        Scores of the background.
    signals
        By name the scores of a signal, and the factor from generator weight x scale factors to pb.
    column
        Which score.
    luminosity
        Luminosity of the search in pb^-1.
    scored_share
        Share of the background that has scores.
    variable
        Event variable of the bins.

    Returns
    -------
    Tagger
        For `rapidmass.studies.taggers.measure.measure_taggers`.

    Raises
    ------
    ValueError
        If a file lacks a column; the message names both.
    """
    common: dict[str, Any] = {"luminosity": luminosity, "column": column, "variables": [variable]}

    def iterate() -> Iterator[ScoredEvents]:
        parts = iterate_background(background, scored_share=scored_share, **common)
        return (events.break_ties() for events in parts)

    return Tagger(
        iterate,
        {
            name: read_signal(path, name, weight=weight, **common).break_ties()
            for name, (path, weight) in signals.items()
        },
    )
