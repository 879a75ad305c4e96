"""A background channel as if it were a signal: sought by networks that never saw it."""

from collections.abc import Iterable, Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from rapidmass.scores.alike import check_same_keys
from rapidmass.scores.ordered import View
from rapidmass.scores.read import ScoredEvents
from rapidmass.search.scored_pairs import PairReader
from rapidmass.search.separation import (
    count_events,
    fill_scores,
    find_ends,
    join_ends,
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
    folder: Path,
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
    folder
        Where events may lie meanwhile.

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
    check_same_keys(list(scores.values()))
    found: dict[str, Any] = {name: {"scorers": {}} for name in channels}
    for scorer, column in scorers:
        reader = PairReader.of_background(luminosity, scored_share, column)
        with ExitStack() as stack:
            groups = {
                kind: stack.enter_context(reader.open_exact(path, folder))
                for kind, path in scores.items()
            }
            for channel, content in found.items():
                pairs = {kind: split_channel(some, channel) for kind, some in groups.items()}
                content["scorers"][scorer] = _measure_channel(pairs, minimum_effective_events)
                removed, rest = next(iter(pairs.values()))
                content.update(removed=count_events(removed), rest=count_events(rest))
    return {"channels": found}


def split_channel(events: Sequence[ScoredEvents], channel: str) -> tuple[View, View]:
    """Split background into one channel and all others.

    Parameters
    ----------
    events
        Scored background, in pieces.
    channel
        Name of the channel.

    Returns
    -------
    removed, rest
        Events of the channel, and all others.
    """
    removed = View.select(events, lambda some: some.channel == channel)
    return removed, View.select(events, lambda some: some.channel != channel)


def _measure_channel(
    pairs: Mapping[str, tuple[View, View]], minimum_effective_events: float
) -> dict[str, Any]:
    axis = join_ends(find_ends(events) for pair in pairs.values() for events in pair)
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
