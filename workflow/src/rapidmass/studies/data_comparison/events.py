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
from rapidmass.columnar.expressions import Expression
from rapidmass.config.studies.data_comparison import ComparedRegion
from rapidmass.representations.registry import check_representation, read_representation
from rapidmass.representations.rmm.representation import get_layout
from rapidmass.scores.blinding import is_below, read_thresholds
from rapidmass.storage.parquet import iterate_events, open_shard
from rapidmass.storage.rows import Rows
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


class Portion(NamedTuple):
    """Some events, and which of them are compared where.

    Parameters
    ----------
    table
        With matrices.
    members
        Shape (1 + regions, events): whether an event lies below all cuts on the score; whether it
        counts in each region.
    """

    table: pa.Table
    members: NDArray[np.bool_]

    def take(self, place: int) -> pa.Table:
        """Take the events of a row of `members`."""
        return self.table.filter(pa.array(self.members[place]))


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
    regions
        Parts that are compared too: of control regions all events, of others those below all cuts.
    """

    tests: Sequence[Path]
    scores: Path
    data: Sequence[DataSample]
    shifts: Sequence[ShiftedBackground] = ()
    variables: Sequence[str] = ()
    regions: Sequence[ComparedRegion] = ()

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
    ) -> Iterator[Portion]:
        """Go through the test set, without what is blinded everywhere.

        Parameters
        ----------
        features
            What is needed of the events.
        shift
            In which systematic variation; None: as it is.

        Yields
        ------
        Portion
            With matrices, `channel` and `weight`; never empty.

        Raises
        ------
        ValueError
            If the scores are not those of the test set.
        """
        thresholds = self.find_thresholds()
        columns = [*self._list_columns(features), "channel", "weight"]
        paths = self.tests if shift is None else [shift.events]
        scored_in = self.scores if shift is None else shift.scores
        scores = Rows(scored_in, ["key", *thresholds], ROWS)
        for path in paths:
            for table in iterate_events(path, columns, ROWS):
                scored = scores.take(table.num_rows)
                if not scored["key"].equals(table["key"]):
                    raise ValueError(
                        f"{scored_in} has other events than {path}: score the test set anew"
                    )
                yield from self._divide(table, is_below(scored, thresholds))
        if scores.take(1).num_rows:
            raise ValueError(
                f"{scored_in} has more events than the test set: score the test set anew"
            )

    def _divide(self, table: pa.Table, below: NDArray[np.bool_]) -> Iterator[Portion]:
        """Find where events count, and drop those that count nowhere."""
        members = [below]
        for region in self.regions:
            where = Expression(region.where)
            columns = {name: table[name].to_numpy() for name in where.names}
            inside = np.broadcast_to(where.select(columns), below.shape)
            members.append(inside if region.control else inside & below)
        every = np.array(members)
        kept = every.any(axis=0)
        if kept.any():
            yield Portion(table.filter(pa.array(kept)), every[:, kept])

    def _list_columns(self, features: FeatureList) -> list[str]:
        counts = [f"n_{name}" for name in features.layout.types]
        named = sorted(set().union(*(Expression(one.where).names for one in self.regions)))
        wanted = ["key", *features.variables, "flavour", *counts, *named, "rmm"]
        return list(dict.fromkeys(wanted))

    def iterate_data(self, features: FeatureList) -> Iterator[Portion]:
        """Go through the events of data that have a score, or are in a control region.

        All others are dropped unseen.

        The keys of the scores of one sample are held in memory, 8 bytes an event.

        Parameters
        ----------
        features
            What is needed of the events.

        Yields
        ------
        Portion
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
                for table in iterate_events(path, self._list_columns(features), ROWS):
                    below = np.isin(table["key"].to_numpy(), keys)
                    found += int(np.count_nonzero(below))
                    yield from self._divide(table, below)
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
