"""The events whose features are compared: what the blinding leaves of data and simulation."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from rapidmass.scores.blinding import is_below, read_thresholds
from rapidmass.scores.tables import iterate_tables
from rapidmass.search.feature_columns import find_features, stack_features
from rapidmass.search.thinning import draw_rows, find_rows

Array = NDArray[np.float64]


class ShiftedScores(NamedTuple):
    """The background in a systematic variation.

    Parameters
    ----------
    name
        Name of the shift.
    source
        What is uncertain.
    path
        Its scores.
    """

    name: str
    source: str
    path: Path


class ElementFiles(NamedTuple):
    """Files with the elements of the events in one representation.

    Parameters
    ----------
    background, data
        Shards or megasets with all events that have scores.
    """

    background: Sequence[Path]
    data: Sequence[Path]


class OpenEvents(NamedTuple):
    """Events of one kind below all cuts on the score.

    Parameters
    ----------
    key
        Shape (events,): who each event is.
    features
        Shape (events, features): NaN where an event has none.
    weight
        Shape (events,): in pb; 1 for data.
    channel
        Shape (events,): names of channels; nothing for data.
    """

    key: NDArray[np.uint64]
    features: Array
    weight: Array
    channel: NDArray[np.str_]


class Drawn(NamedTuple):
    """Simulated events that stand for all below the thresholds.

    Parameters
    ----------
    events
        Those that were drawn.
    total, squares
        Sum of weights, and of their squares, of all.
    """

    events: OpenEvents
    total: float
    squares: float


@dataclass(frozen=True)
class ScoreFiles:
    """Files of scores, which hold the variables of the events too.

    Parameters
    ----------
    background
        The test set, or with folds all simulation.
    data
        Of each sample, without what is blinded.
    shifts
        The background in each systematic variation.
    variables
        Columns to compare; none: those that all events have and all numbers of objects.
    elements
        What trees see beside them; None: nothing.
    """

    background: Path
    data: Sequence[Path]
    shifts: Sequence[ShiftedScores] = ()
    variables: Sequence[str] = ()
    elements: ElementFiles | None = None

    def find_thresholds(self) -> dict[str, float]:
        """Find above which scores events of data are blinded.

        Returns
        -------
        dict
            Threshold by column; nothing once the search is unblinded.

        Raises
        ------
        ValueError
            If samples of data have several, or there is none.
        """
        if not self.data:
            raise ValueError("there is no data sample to compare with simulation")
        found = {path: read_thresholds(path) for path in self.data}
        first = found[self.data[0]]
        for path, thresholds in found.items():
            if thresholds != first:
                raise ValueError(
                    f"{path} is blinded above {thresholds or 'nothing'}, but {self.data[0]} above "
                    f"{first or 'nothing'}: score both anew"
                )
        return first

    def list_features(self) -> list[str]:
        """List the columns that are compared; see `find_features`."""
        paths = [self.background, *self.data, *(shift.path for shift in self.shifts)]
        return find_features(paths, self.variables)

    def read_background(
        self, most: int, rng: np.random.Generator, shift: ShiftedScores | None = None
    ) -> Drawn:
        """Read the simulation below the thresholds.

        Parameters
        ----------
        most
            Most events: of more, some are drawn, with weights scaled to the same sum.
        rng
            What the choice follows from.
        shift
            In which systematic variation; None: as it is.

        Returns
        -------
        Drawn
            The events, and what they stand for.
        """
        path = self.background if shift is None else shift.path
        number, sums = 0, np.zeros(2)
        for table in self._iterate(path, ["weight"]):
            weight = table["weight"].to_numpy()
            number += len(weight)
            sums += weight.sum(), (weight**2).sum()
        rows, first, taken = draw_rows(number, most, rng), 0, []
        for table in self._iterate(path, ["key", "channel", "weight", *self.list_features()]):
            taken.append(table.take(pa.array(find_rows(rows, first, table.num_rows))))
            first += table.num_rows
        joined = pa.concat_tables(taken)
        weight = joined["weight"].to_numpy()
        if len(rows) < number:
            weight = weight * (sums[0] / weight.sum())
        events = self._collect(joined, weight, joined["channel"].to_pylist())
        return Drawn(events, *sums.tolist())

    def _iterate(self, path: Path, columns: Sequence[str]) -> Iterator[pa.Table]:
        """Read the events of a file below the thresholds, in pieces."""
        thresholds = self.find_thresholds()
        for table in iterate_tables(path, [*dict.fromkeys([*columns, *thresholds])]):
            yield table.filter(pa.array(is_below(table, thresholds)))

    def read_data(self) -> OpenEvents:
        """Read all data.

        Returns
        -------
        OpenEvents
            The samples one after the other.

        Raises
        ------
        ValueError
            If an event is above a threshold.
        """
        thresholds = self.find_thresholds()
        tables = []
        for path in self.data:
            wanted = dict.fromkeys(["key", *thresholds, *self.list_features()])
            table = pq.read_table(path, columns=list(wanted), use_threads=False)
            above = np.count_nonzero(~is_below(table, thresholds))
            if above:
                raise ValueError(
                    f"{path} has {above} events of data above the cuts that blind them: score it "
                    "anew"
                )
            tables.append(table)
        joined = pa.concat_tables(tables)
        return self._collect(joined, np.ones(joined.num_rows), [])

    def _collect(self, table: pa.Table, weight: Array, channel: Sequence[str]) -> OpenEvents:
        return OpenEvents(
            table["key"].to_numpy(),
            stack_features(table, self.list_features()),
            weight,
            np.array(channel, dtype=np.str_),
        )
