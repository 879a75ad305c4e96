"""Scored events in the order of their scores, in pieces: more of them than fit in memory."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from rapidmass.scores.read import ScoredEvents, join_events
from rapidmass.statistics.ranked import Ranked
from rapidmass.storage.sorting import KeySorter

EVENTS_PER_PIECE = 1_000_000
KNOTS = 65_536  # scores that tell where the pieces begin
_SPAN = 2.0**64 - 2.0**12  # a float64 cannot be nearer to 2^64
_OWN = ("key", "event", "channel", "score", "weight")  # columns beside the variables


def make_bare_events(
    keys: NDArray[np.uint64],
    score: NDArray[np.float64],
    weight: NDArray[np.float64],
    variables: Mapping[str, NDArray[np.float32]],
) -> ScoredEvents:
    """Make events of which nobody asks the channel.

    Parameters
    ----------
    keys, score, weight
        Shape (events,). Scores in double precision that are equal stay equal.
    variables
        By name, each of shape (events,).

    Returns
    -------
    ScoredEvents
        Their channel has no name.
    """
    return ScoredEvents(keys, np.zeros(len(keys), dtype="U1"), score, weight, variables)


def order_events(events: ScoredEvents) -> Sequence[ScoredEvents]:
    """Put events that are held in memory in the order of their scores.

    Parameters
    ----------
    events
        In any order.

    Returns
    -------
    sequence of ScoredEvents
        One piece. Scores in single precision have no ties any more, see
        `rapidmass.scores.read.ScoredEvents.break_ties`.
    """
    events = events.break_ties()
    return [events.select(np.argsort(events.score, kind="stable"))]


def order(events: ScoredEvents | Sequence[ScoredEvents]) -> Sequence[ScoredEvents]:
    """Put events in the order of their scores, unless they come in pieces that are."""
    return order_events(events) if isinstance(events, ScoredEvents) else events


@contextmanager
def open_ordered(
    iterate: Callable[[], Iterable[ScoredEvents]],
    folder: Path,
    events_per_piece: int = EVENTS_PER_PIECE,
) -> Iterator[Sequence[ScoredEvents]]:
    """Put events that come in parts in the order of their scores.

    Parameters
    ----------
    iterate
        Gives the parts, of which one fits in memory; it is asked twice.
    folder
        Where to put files if there are more events than make a piece; they are gone afterwards.
    events_per_piece
        About so many are held in memory at once.

    Yields
    ------
    sequence of ScoredEvents
        Pieces from small to large scores, without ties as from `order_events`; scores that are
        equal nevertheless are in one piece. A piece is read whenever it is asked for.
    """
    if (few := _take_few(iterate(), events_per_piece)) is not None:
        yield order_events(few)
        return
    total, knots = _sample(iterate())
    with TemporaryDirectory(dir=folder, prefix=".ordered-") as place:
        path = Path(place, "events.arrow")
        number = max(-(-total // events_per_piece), 1)
        labels = _lay_down(iterate(), path, knots, total, number)
        with pa.OSFile(str(path)) as stream:
            yield _Pieces(pa.ipc.open_file(stream), labels)


def open_variable(
    iterate: Callable[[], Iterable[ScoredEvents]], name: str, folder: Path
) -> AbstractContextManager[Sequence[ScoredEvents]]:
    """Put events in the order of a variable.

    Parameters
    ----------
    iterate
        Gives the events.
    name
        Of the variable; events in which it is not finite are left out.
    folder
        Where to put files meanwhile.

    Returns
    -------
    context manager of a sequence of ScoredEvents
        Pieces as from `open_ordered`, with the variable as score.
    """

    def turn() -> Iterator[ScoredEvents]:
        for events in iterate():
            # in double precision equal values stay equal
            values = events.variables[name].astype(np.float64)
            yield replace(events, score=values, variables={}).select(np.isfinite(values))

    return open_ordered(turn, folder)


class View(Sequence[Ranked]):
    """Scores and weights that are seen of pieces in order: of some events, or with other weights.

    Parameters
    ----------
    pieces
        From small to large scores.
    look
        What is seen of one of them, in its order.
    """

    def __init__(
        self, pieces: Sequence[ScoredEvents], look: Callable[[ScoredEvents], Ranked]
    ) -> None:
        self._pieces, self._look = pieces, look
        self._place, self._seen = -1, Ranked(np.empty(0), np.empty(0))

    def __len__(self) -> int:
        return len(self._pieces)

    def __getitem__(self, place: int) -> Ranked:  # type: ignore[override]
        if place != self._place:  # a piece is asked for several times in a row
            self._place, self._seen = place, self._look(self._pieces[place])
        return self._seen

    @classmethod
    def select(
        cls,
        pieces: Sequence[ScoredEvents],
        tell: Callable[[ScoredEvents], NDArray[np.bool_]],
    ) -> "View":
        """See the events alone of which something is told."""

        def look(events: ScoredEvents) -> Ranked:
            chosen = tell(events)
            return Ranked(events.score[chosen], events.weight[chosen])

        return cls(pieces, look)


class _Pieces(Sequence[ScoredEvents]):
    """Pieces in a file."""

    def __init__(self, reader: pa.ipc.RecordBatchFileReader, labels: Sequence[str]) -> None:
        self._reader, self._labels = reader, np.array(labels, dtype=np.str_)
        self._variables = [name for name in reader.schema.names if name not in _OWN]

    def __len__(self) -> int:
        return int(self._reader.num_record_batches)

    def __getitem__(self, place: int) -> ScoredEvents:  # type: ignore[override]
        if not 0 <= place < len(self):
            raise IndexError(place)
        batch = self._reader.get_batch(place)
        column = {name: batch[name].to_numpy() for name in batch.schema.names}
        return ScoredEvents(
            column["event"],
            self._labels[column["channel"]],
            column["score"],
            column["weight"],
            {name: column[name] for name in self._variables},
        )


def hold_few(
    iterate: Callable[[], Iterable[ScoredEvents]], most: int = EVENTS_PER_PIECE
) -> Callable[[], Iterable[ScoredEvents]]:
    """Hold events in memory that are read several times, if there are at most so many.

    Parameters
    ----------
    iterate
        Gives the events in pieces.
    most
        Events that may be held.

    Returns
    -------
    callable
        Gives the same events; in one piece, if they are held.
    """
    few = _take_few(iterate(), most)
    return iterate if few is None else lambda: [few]


def _take_few(parts: Iterable[ScoredEvents], most: int) -> ScoredEvents | None:
    """Take all events, if there are at most so many."""
    taken: list[ScoredEvents] = []
    for part in parts:
        taken.append(part)
        most -= len(part.score)
        if most < 0:
            return None
    return join_events(taken)


def _sample(parts: Iterable[ScoredEvents]) -> tuple[int, NDArray[np.float64]]:
    """Count events, and sample their scores: distinct ones, ascending."""
    total, stride, found = 0, 1, np.empty(0)
    for part in parts:
        first = -total % stride
        found = np.concatenate([found, part.score[first::stride]])
        total += len(part.score)
        while len(found) > 2 * KNOTS:
            found, stride = found[::2], 2 * stride
    return total, np.unique(found)


def _lay_down(
    parts: Iterable[ScoredEvents], path: Path, knots: NDArray[np.float64], total: int, number: int
) -> list[str]:
    """Write the pieces as batches of one file; return the names of channels."""
    labels: dict[str, int] = {}
    with KeySorter(path.parent, total) as sorter:
        for part in parts:
            sorter.add(_make_table(part.break_ties(), knots, labels))
        writer = None
        for piece in sorter.drain(number):
            score = piece["score"].to_numpy()
            ordered = piece.take(pa.array(np.argsort(score, kind="stable"))).combine_chunks()
            if writer is None:
                writer = pa.ipc.new_file(str(path), ordered.schema)
            writer.write_batch(pa.RecordBatch.from_arrays(
                [_join(column) for column in ordered.columns], schema=ordered.schema
            ))  # fmt: skip
        if writer is not None:
            writer.close()
    return list(labels)


def _join(column: pa.ChunkedArray) -> pa.Array:
    return pa.concat_arrays(column.chunks) if column.num_chunks else pa.array([], column.type)


def _make_table(
    events: ScoredEvents, knots: NDArray[np.float64], labels: dict[str, int]
) -> pa.Table:
    """Make a table whose keys rise with the scores, about evenly."""
    names, index = np.unique(events.channel, return_inverse=True)
    places = [labels.setdefault(str(name), len(labels)) for name in names]
    score = events.score.astype(np.float64)
    rank = np.interp(score, knots, np.linspace(0, 1, len(knots))) if len(knots) else score
    columns = {
        "key": (rank * _SPAN).astype(np.uint64),
        "event": events.key,
        "channel": np.array(places, dtype=np.int16)[index],
        "score": score,
        "weight": events.weight,
        **events.variables,
    }
    return pa.table(columns)
