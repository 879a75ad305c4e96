"""The events in which data and simulation are compared: what the blinding leaves of both."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from rapidmass.columnar.event_variables import VARIABLES
from rapidmass.representations.registry import check_representation, read_representation
from rapidmass.representations.rmm.representation import get_layout
from rapidmass.scores.blinding import is_below, read_thresholds
from rapidmass.storage.parquet import iterate_events, open_shard
from rapidmass.studies.data_comparison.features import FeatureList

ROWS = 8192  # with their listed cells some tens of MB


class DataSample(NamedTuple):
    """A data sample.

    Parameters
    ----------
    scores
        Its scores: while the search is blinded, of the events below all cuts only.
    shards
        All its events with their matrices.
    """

    scores: Path
    shards: Sequence[Path]


class ShiftedBackground(NamedTuple):
    """The test set in a systematic variation.

    Parameters
    ----------
    name
        Name of the shift.
    source
        What is uncertain: of several shifts of one source the larger counts.
    events, scores
        Its events, and their scores in the same order.
    """

    name: str
    source: str
    events: Path
    scores: Path


@dataclass(frozen=True)
class ComparedEvents:
    """Data and the test set, without what is blinded.

    Parameters
    ----------
    tests
        Files of the test set.
    scores
        Scores of the test set, in the order of these files.
    data
        Data samples.
    shifts
        Systematic variations of the test set.
    variables
        Event variables that are compared beside those that every file has.
    """

    tests: Sequence[Path]
    scores: Path
    data: Sequence[DataSample]
    shifts: Sequence[ShiftedBackground] = ()
    variables: Sequence[str] = ()

    def find_thresholds(self) -> dict[str, float]:
        """Find above which scores events of data are blinded.

        Returns
        -------
        dict
            Threshold by column of scores; nothing once the search is unblinded.

        Raises
        ------
        ValueError
            If data samples have several, or there is none.
        """
        if not self.data:
            raise ValueError("there is no data sample to compare with simulation")
        found = [read_thresholds(sample.scores) for sample in self.data]
        for sample, thresholds in zip(self.data, found, strict=True):
            if thresholds != found[0]:
                raise ValueError(
                    f"{sample.scores} is blinded above {thresholds or 'nothing'}, but "
                    f"{self.data[0].scores} above {found[0] or 'nothing'}: score both anew"
                )
        return found[0]

    def list_features(self) -> FeatureList:
        """List the features that all events have columns for.

        Returns
        -------
        FeatureList
            All cells, and the variables that are among the columns.

        Raises
        ------
        ValueError
            If files have several layouts.
        """
        shifted = [shift.events for shift in self.shifts]
        data = [path for sample in self.data for path in sample.shards]
        paths = [*self.tests, *shifted, *data]
        schemas = []
        for path in paths:
            with open_shard(path) as parquet:
                schemas.append(parquet.schema_arrow)
        representation = read_representation(schemas[0], str(paths[0]))
        layout = get_layout(representation, "the comparison of data with simulation")
        for path, schema in zip(paths, schemas, strict=True):
            check_representation(representation, schema, path)
        names = [name for name in VARIABLES if all(name in schema.names for schema in schemas)]
        return FeatureList(layout, [*names, *(v for v in self.variables if v not in names)])

    def iterate_background(
        self, features: FeatureList, shift: ShiftedBackground | None = None
    ) -> Iterator[pa.Table]:
        """Go through the test set below the thresholds.

        Parameters
        ----------
        features
            What is needed of the events.
        shift
            In which systematic variation; None: as it is.

        Yields
        ------
        pyarrow.Table
            With matrices, `channel` and `weight`; never empty.

        Raises
        ------
        ValueError
            If the scores are not those of the test set.
        """
        thresholds = self.find_thresholds()
        columns = [*_list_columns(features), "channel", "weight"]
        paths = self.tests if shift is None else [shift.events]
        scored_in = self.scores if shift is None else shift.scores
        scores = _Rows(scored_in, ["key", *thresholds])
        for path in paths:
            for table in iterate_events(path, columns, ROWS):
                scored = scores.take(table.num_rows)
                if not scored["key"].equals(table["key"]):
                    raise ValueError(
                        f"{scored_in} has other events than {path}: score the test set anew"
                    )
                below = table.filter(pa.array(is_below(scored, thresholds)))
                if below.num_rows:
                    yield below
        if scores.take(1).num_rows:
            raise ValueError(
                f"{scored_in} has more events than the test set: score the test set anew"
            )

    def iterate_data(self, features: FeatureList) -> Iterator[pa.Table]:
        """Go through the events of data that have a score; all others are dropped unseen.

        The keys of the scores of one sample are held in memory, 8 bytes an event.

        Parameters
        ----------
        features
            What is needed of the events.

        Yields
        ------
        pyarrow.Table
            With matrices; never empty.

        Raises
        ------
        ValueError
            If a score is of no event, or above a threshold.
        """
        for sample in self.data:
            keys = self._read_keys(sample.scores)
            found = 0
            for path in sample.shards:
                for table in iterate_events(path, _list_columns(features), ROWS):
                    open_events = table.filter(pa.array(np.isin(table["key"].to_numpy(), keys)))
                    found += open_events.num_rows
                    if open_events.num_rows:
                        yield open_events
            if found != len(keys):
                raise ValueError(
                    f"{sample.scores} has {len(keys)} events, of which {found} are in the "
                    "shards of the sample: score it anew"
                )

    def _read_keys(self, path: Path) -> NDArray[np.uint64]:
        thresholds = self.find_thresholds()
        table = pq.read_table(path, columns=["key", *thresholds], use_threads=False)
        above = np.count_nonzero(~is_below(table, thresholds))
        if above:
            raise ValueError(
                f"{path} has {above} events of data above the cuts that blind them: score it anew"
            )
        keys: NDArray[np.uint64] = table["key"].to_numpy()
        return keys


class _Rows:
    """Rows of a file, handed out in order, as many as are asked for."""

    def __init__(self, path: Path, columns: Sequence[str]) -> None:
        parquet = pq.ParquetFile(path)
        self._batches = parquet.iter_batches(ROWS, columns=list(columns), use_threads=False)
        schema = parquet.schema_arrow
        self._rest = pa.schema([schema.field(name) for name in columns]).empty_table()

    def take(self, rows: int) -> pa.Table:
        """Take the next rows; fewer at the end."""
        while self._rest.num_rows < rows:
            batch = next(self._batches, None)
            if batch is None:
                break
            new = pa.Table.from_batches([batch]).select(self._rest.column_names)
            self._rest = pa.concat_tables([self._rest, new.cast(self._rest.schema)])
        taken = self._rest.slice(0, rows)
        self._rest = self._rest.slice(rows)
        return taken


def _list_columns(features: FeatureList) -> list[str]:
    counts = [f"n_{name}" for name in features.layout.types]
    return ["key", *features.variables, "flavour", *counts, "rmm"]
