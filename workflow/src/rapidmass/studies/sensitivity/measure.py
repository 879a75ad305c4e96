"""Scores of the background, judged without signals and beyond MET: read in pieces."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from rapidmass.scores.ordered import open_ordered
from rapidmass.scores.read import ScoredEvents
from rapidmass.studies.sensitivity.beyond_met import (
    choose_axes,
    find_met_edges,
    measure_beyond_met,
    measure_shapes,
)
from rapidmass.studies.sensitivity.following import measure_following
from rapidmass.studies.sensitivity.pieces import Pieces
from rapidmass.studies.sensitivity.tilts import Tilts
from rapidmass.studies.sensitivity.without_signals import measure_channels


def judge_scores(
    backgrounds: Mapping[str, Pieces],
    read_signals: Callable[[str], Mapping[str, ScoredEvents]],
    followed: Mapping[str, str],
    *,
    channels: Sequence[str],
    tilts: int,
    floor: float,
    seed: int,
    folder: Path,
) -> dict[str, Any]:
    """Judge scores.

    Parameters
    ----------
    backgrounds
        What gives the background with each score, in pieces of the same events; at least one.
    read_signals
        Reads all signals with a score.
    followed
        The score that another one follows, by its name.
    channels
        Names of the background's channels.
    tilts
        How many made-up signals are drawn.
    floor
        Effective events that are needed.
    seed
        Decides on the made-up signals.
    folder
        Where files may lie meanwhile: 8 bytes an event and variable, a byte an event and score,
        and the events with a score or two if they are too many for memory.

    Returns
    -------
    dict
        By score `tilts`, `channels`, `beyond_met`, `shapes` and `following` (None where it follows
        no other).

    Raises
    ------
    ValueError
        If a score is not finite, or weights do not add up to a positive number.
    """
    # what depends on no score is found once
    first = next(iter(backgrounds.values()))
    made_up = Tilts(first, tilts, seed=seed, folder=folder)
    edges, axes = find_met_edges(first, folder), choose_axes(first, folder)
    found: dict[str, dict[str, Any]] = {}
    for name, iterate in backgrounds.items():
        with open_ordered(iterate, folder) as ordered:
            made_up.mark(name, iterate, ordered, floor=floor)
            found[name] = {
                "channels": measure_channels(ordered, channels, floor=floor),
                "beyond_met": measure_beyond_met(ordered, read_signals(name), edges, floor=floor),
                "shapes": measure_shapes(ordered, axes),
                "following": None,
            }
            original = followed.get(name)
            if original is not None:
                other = backgrounds[original]
                with open_ordered(other, folder) as others:
                    pair = (iterate, ordered), (other, others)
                    found[name]["following"] = measure_following(*pair)
    tilted = made_up.measure(floor=floor)
    return {name: {"tilts": tilted[name], **one} for name, one in found.items()}
