"""Scored events, weighted to what they stand for."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from rapidmass.scores.blinding import is_below, read_thresholds
from rapidmass.scores.tables import ROWS, find_columns, get_channels, iterate_tables
from rapidmass.storage.event_keys import draw_uniform

BACKGROUND = ("key", "channel", "weight")  # columns of scored background beside scores
SIGNAL = ("key", "generator_weight", "scale_factor")  # the same of signals


@dataclass(frozen=True)
class ScoredEvents:
    """Events with scores and the number of events that each stands for.

    Parameters
    ----------
    key
        Shape (events,): who each event is, see `rapidmass.storage.event_keys`.
    channel
        Shape (events,): names of channels.
    score
        Shape (events,): anomaly score.
    weight
        Shape (events,): expected events at the luminosity of the search.
    variables
        Event variables by name, each of shape (events,).
    """

    key: NDArray[np.uint64]
    channel: NDArray[np.str_]
    score: NDArray[np.floating]
    weight: NDArray[np.float64]
    variables: Mapping[str, NDArray[np.float32]]

    def select(self, chosen: NDArray[np.bool_ | np.integer[Any]]) -> "ScoredEvents":
        """Select events.

        Parameters
        ----------
        chosen
            Shape (events,): which; or the places of those that are wanted.

        Returns
        -------
        ScoredEvents
            Those chosen, in their order.
        """
        variables = {name: values[chosen] for name, values in self.variables.items()}
        return ScoredEvents(
            self.key[chosen],
            self.channel[chosen],
            self.score[chosen],
            self.weight[chosen],
            variables,
        )

    def cut(self, most: int = ROWS) -> Iterator["ScoredEvents"]:
        """Cut events into pieces.

        Parameters
        ----------
        most
            Events of a piece, at most.

        Yields
        ------
        ScoredEvents
            The same events in their order, at least one piece.
        """
        places = np.arange(len(self.key))
        for first in range(0, max(len(places), 1), most):
            yield self.select(places[first : first + most])

    def break_ties(self) -> "ScoredEvents":
        """Put events of equal scores into the order of a number that belongs to their keys.

        A score of few values, such as a number of objects, has cuts that remove any share then.

        Returns
        -------
        ScoredEvents
            The same events; scores in single precision become larger by less than what separates
            them from the next number. Others stay.
        """
        if self.score.dtype != np.float32:
            return self
        moved = draw_uniform(self.key, "ties") * np.spacing(np.abs(self.score)) / 2
        return replace(self, score=self.score.astype(np.float64) + moved)

    def keep_ties(self) -> "ScoredEvents":
        """Let equal scores stay equal wherever events are put in order.

        Returns
        -------
        ScoredEvents
            The same events, with the same scores in double precision.
        """
        return replace(self, score=self.score.astype(np.float64))


def read_background(
    path: Path,
    *,
    luminosity: float,
    scored_share: float,
    column: str = "score",
    variables: Sequence[str] | None = None,
) -> ScoredEvents:
    """Read the scored background: the test set, or with folds all of it.

    Parameters
    ----------
    path
        Scores with the columns `channel` and `weight` (pb).
    luminosity
        Luminosity of the search in pb^-1.
    scored_share
        Share of the background that has scores: weights are divided by it.
    column
        Which score.
    variables
        Spectra to read. None: all of `VARIABLES` that the file has.

    Returns
    -------
    ScoredEvents
        Standing for the whole background.

    Raises
    ------
    ValueError
        If the file lacks a column; the message names both.
    """
    needed, names = find_columns(path, BACKGROUND, column, variables)
    table = pq.read_table(path, columns=needed, use_threads=False)
    return _weigh_background(table, names, column, luminosity / scored_share)


def iterate_background(
    path: Path,
    *,
    luminosity: float,
    scored_share: float,
    column: str = "score",
    variables: Sequence[str] | None = None,
    below: Mapping[str, float] | None = None,
) -> Iterator[ScoredEvents]:
    """Read the scored background in parts of `ROWS` events: the same events of every score.

    Parameters
    ----------
    path, luminosity, scored_share, column, variables
        As for `read_background`.
    below
        Thresholds by column: events that would be blinded by these, if they were data, are left
        out.

    Yields
    ------
    ScoredEvents
        At least one part.

    Raises
    ------
    ValueError
        If the file lacks a column; the message names both.
    """
    needed, names = find_columns(path, [*BACKGROUND, *(below or ())], column, variables)
    for table in iterate_tables(path, needed):
        some = table.filter(pa.array(is_below(table, below))) if below else table
        yield _weigh_background(some, names, column, luminosity / scored_share)


def _weigh_background(
    table: pa.Table, variables: Sequence[str], score: str, factor: float
) -> ScoredEvents:
    weight = table["weight"].to_numpy() * factor
    return _collect(table, variables, score, get_channels(table), weight)


def read_signal(
    path: Path,
    name: str,
    *,
    weight: float,
    luminosity: float,
    column: str = "score",
    variables: Sequence[str] | None = None,
) -> ScoredEvents:
    """Read a scored signal.

    Parameters
    ----------
    path
        Scores with the columns `generator_weight` and `scale_factor`.
    name
        Name of the signal.
    weight
        Factor from generator weight x scale factors to pb.
    luminosity
        Luminosity of the search in pb^-1.
    column
        Which score.
    variables
        Spectra to read. None: all of `VARIABLES` that the file has.

    Returns
    -------
    ScoredEvents
        All events of the signal.

    Raises
    ------
    ValueError
        If the file lacks a column; the message names both.
    """
    table, names = _read(path, SIGNAL, column, variables)
    return _weigh_signal(table, names, column, name, weight * luminosity)


def iterate_signal(
    path: Path,
    name: str,
    *,
    weight: float,
    luminosity: float,
    column: str = "score",
    variables: Sequence[str] | None = None,
) -> Iterator[ScoredEvents]:
    """Read a scored signal in parts of `ROWS` events.

    Parameters
    ----------
    path, name, weight, luminosity, column, variables
        As for `read_signal`.

    Yields
    ------
    ScoredEvents
        At least one part.

    Raises
    ------
    ValueError
        If the file lacks a column; the message names both.
    """
    needed, names = find_columns(path, SIGNAL, column, variables)
    for table in iterate_tables(path, needed):
        yield _weigh_signal(table, names, column, name, weight * luminosity)


def _weigh_signal(
    table: pa.Table, variables: Sequence[str], score: str, name: str, factor: float
) -> ScoredEvents:
    product = table["generator_weight"].to_numpy() * table["scale_factor"].to_numpy()
    channel = np.full(table.num_rows, name)
    return _collect(table, variables, score, channel, product * factor)


def read_data(
    path: Path, *, column: str = "score", variables: Sequence[str] | None = None
) -> ScoredEvents:
    """Read scored data, of which each event stands for itself.

    Parameters
    ----------
    path
        Scores of all events of a sample.
    column
        Which score.
    variables
        Spectra to read. None: all of `VARIABLES` that the file has.

    Returns
    -------
    ScoredEvents
        All events of the sample; their channel is `data`.

    Raises
    ------
    ValueError
        If the file lacks a column, or events that are blinded.
    """
    if read_thresholds(path):
        raise ValueError(f"{path} is blinded: it lacks the events with large scores; score it anew")
    table, names = _read(path, ["key"], column, variables)
    channel = np.full(table.num_rows, "data")
    return _collect(table, names, column, channel, np.ones(table.num_rows))


def join_events(parts: Sequence[ScoredEvents]) -> ScoredEvents:
    """Join events of several samples.

    Parameters
    ----------
    parts
        With the same variables; at least one.

    Returns
    -------
    ScoredEvents
        One after the other.
    """
    variables = {
        name: np.concatenate([part.variables[name] for part in parts])
        for name in parts[0].variables
    }
    return ScoredEvents(
        np.concatenate([part.key for part in parts]),
        np.concatenate([part.channel for part in parts]),
        np.concatenate([part.score for part in parts]),
        np.concatenate([part.weight for part in parts]),
        variables,
    )


def _read(
    path: Path, columns: Sequence[str], score: str, variables: Sequence[str] | None
) -> tuple[pa.Table, Sequence[str]]:
    needed, names = find_columns(path, columns, score, variables)
    return pq.read_table(path, columns=needed, use_threads=False), names


def _collect(
    table: pa.Table,
    variables: Sequence[str],
    score: str,
    channel: NDArray[np.str_],
    weight: NDArray[np.float64],
) -> ScoredEvents:
    return ScoredEvents(
        table["key"].to_numpy(),
        channel,
        table[score].to_numpy(),
        weight,
        {name: table[name].to_numpy() for name in variables},
    )
