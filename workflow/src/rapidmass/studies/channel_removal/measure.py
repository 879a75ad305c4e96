"""A background channel as if it were a signal: sought by networks that never saw it."""

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from rapidmass.scores.read import ScoredEvents, check_same_events, read_background
from rapidmass.search.separation import (
    choose_axis,
    count_events,
    fill_scores,
    measure_separation,
)


def measure_removal(
    scores: Mapping[str, Path],
    scorers: Iterable[tuple[str, str]],
    channels: Sequence[str],
    *,
    luminosity: float,
    scored_share: float,
    minimum_effective_events: float,
) -> dict[str, Any]:
    """Measure how well channels are told from all other background.

    Parameters
    ----------
    scores
        The scored test set: `full`, by what was trained on every channel or on nothing, and
        `without`, by the network that was trained without the channel, where there is one.
    scorers
        Name and column of each score.
    channels
        Which channels to seek, one after the other.
    luminosity
        Luminosity of the search in pb^-1.
    scored_share
        Share of the background that has scores.
    minimum_effective_events
        Where fewer effective events of the other background pass a cut, no efficiency is quoted.

    Returns
    -------
    dict
        `channels`: for each channel `removed` and `rest`, both as `count_events` gives them, and
        `scorers`: for each of them the `edges` of the score's bins and, under the keys of `scores`,
        what `measure_separation` gives, with the distributions `removed` and `rest`.

    Raises
    ------
    ValueError
        If the files are not scores of the same events.
    """
    found: dict[str, Any] = {name: {"scorers": {}} for name in channels}
    for scorer, column in scorers:
        groups = {
            kind: read_background(
                path,
                luminosity=luminosity,
                scored_share=scored_share,
                column=column,
                variables=(),
            )
            for kind, path in scores.items()
        }
        check_same_events(groups, scores)
        for channel, content in found.items():
            content["scorers"][scorer] = _measure_channel(groups, channel, minimum_effective_events)
            first = next(iter(groups.values()))
            removed, rest = split_channel(first, channel)
            content.update(removed=count_events(removed), rest=count_events(rest))
    return {"channels": found}


def split_channel(events: ScoredEvents, channel: str) -> tuple[ScoredEvents, ScoredEvents]:
    """Split background into one channel and all others.

    Parameters
    ----------
    events
        Scored background.
    channel
        Name of the channel.

    Returns
    -------
    removed, rest
        Events of the channel, and all others.
    """
    chosen = events.channel == channel
    return events.select(chosen), events.select(~chosen)


def _measure_channel(
    groups: Mapping[str, ScoredEvents], channel: str, minimum_effective_events: float
) -> dict[str, Any]:
    pairs = {kind: split_channel(events, channel) for kind, events in groups.items()}
    axis = choose_axis([events.score for pair in pairs.values() for events in pair])
    return {
        "edges": axis.edges.tolist(),
        **{
            kind: {
                **measure_separation(rest, removed, minimum_effective_events),
                "shapes": {"removed": fill_scores(axis, removed), "rest": fill_scores(axis, rest)},
            }
            for kind, (removed, rest) in pairs.items()
        },
    }
