"""Data and a test set of invented events, with scores, for tests of their comparison."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from rapidmass.scores.blinding import is_below, write_thresholds
from rapidmass.scores.blinding_thresholds import find_blinding_thresholds
from rapidmass.studies.data_comparison.events import ComparedEvents, DataSample, ShiftedBackground
from rapidmass.studies.data_comparison.filled import Scale
from synthetic_megasets import LAYOUT, make_events, write_events

CHANNELS = ("Zjets", "ttbar")
TEST_FRACTION = 0.2


@dataclass
class InventedData:
    """Two files of a test set, and data samples of one file each, in a folder."""

    folder: Path
    simulated: int = 4000
    observed: tuple[int, ...] = (900,)
    hardness: float = 1.0
    quantile: float | None = None
    layout: object = LAYOUT

    def write(self):
        """Write everything; without a quantile nothing is blinded."""
        tables = [self.make_background(k) for k in range(2)]
        self.tests = [
            write_events(self.folder / f"test{k}.parquet", table, pieces=2)
            for k, table in enumerate(tables)
        ]
        background = pa.concat_tables(tables)
        self.scores = self.folder / "background.parquet"
        write_scores(self.scores, background)
        self.thresholds = {}
        if self.quantile is not None:
            self.thresholds = find_blinding_thresholds(
                self.scores, None, self.quantile, self.folder
            )
        self.data = []
        for k, events in enumerate(self.observed):
            table = self.make_data(k, events)
            shard = write_events(self.folder / f"data{k}.parquet", table, pieces=3)
            scores = self.folder / f"data{k}_scores.parquet"
            write_scores(scores, table, self.thresholds)
            self.data.append(DataSample(scores, [shard]))
        self.background, self.weight = background, pc.sum(background["weight"]).as_py()
        return self

    def make_background(self, k):
        """Make events of a file of the test set; the channel follows from the key alone."""
        table = make_events(self.simulated // 2, seed=50 + k, layout=self.layout)
        channels = np.where(table["key"].to_numpy() % np.uint64(4) == 0, *CHANNELS)
        return finish(table.drop_columns("channel"), k).append_column(
            "channel", pa.array(channels.tolist(), pa.string())
        )

    def make_data(self, k, events):
        """Make events of a data sample."""
        table = make_events(events, seed=80 + k, layout=self.layout, hardness=self.hardness)
        return finish(table.drop_columns(["channel", "weight"]), 10 + k)

    def write_shift(self, name, source, change):
        """Write the test set in a systematic variation, which changes the table of its events."""
        table = change(self.background)
        events = write_events(self.folder / f"{name}.parquet", table, pieces=3)
        scores = self.folder / f"{name}_scores.parquet"
        write_scores(scores, table)
        return ShiftedBackground(name, source, events, scores)

    @property
    def events(self):
        """What is compared."""
        return ComparedEvents(self.tests, self.scores, self.data)

    @property
    def scale(self):
        """As many simulated events as data."""
        luminosity = sum(self.observed) * TEST_FRACTION / self.weight
        return Scale(CHANNELS, luminosity, TEST_FRACTION)


def finish(table, seed):
    """Add flavours, a mass that some events lack, an angle, and a variable for the score."""
    rng = np.random.default_rng(seed)
    metadata, n = table.schema.metadata, table.num_rows
    m_lll = np.where(rng.uniform(size=n) < 0.5, np.nan, rng.exponential(100, n))
    columns = {
        "m_lll": pa.array(m_lll.astype(np.float32)),
        "ht": pa.array(rng.gamma(2, 80, n).astype(np.float32)),
        "flavour": pa.array(rng.choice(["ee", "em", "mm"], n, p=[0.5, 0.2, 0.3]).tolist()),
        "angle": pa.array(rng.uniform(-3, 3, n).astype(np.float32)),
    }
    for name, column in columns.items():
        if name in table.column_names:
            table = table.drop_columns(name)
        table = table.append_column(name, column)
    return table.replace_schema_metadata(metadata)


def scale_column(table, name, factor, chosen=None):
    """Scale a column of all events, or of some."""
    values = table[name].to_numpy()
    changed = np.where(True if chosen is None else chosen(table), factor * values, values)
    index = table.schema.get_field_index(name)
    column = pa.array(changed.astype(values.dtype))
    return table.set_column(index, name, column).replace_schema_metadata(table.schema.metadata)


def write_scores(path, table, thresholds=None):
    """Write scores that rise with HT; beyond the thresholds nothing is written."""
    ht = table["ht"].to_numpy()
    names = [name for name in ("key", "channel", "weight") if name in table.column_names]
    scores = pa.table(
        {
            **{name: table[name] for name in names},
            "score": np.log10(1 + ht).astype(np.float32),
            "score_other": (-ht).astype(np.float32),
        }
    )
    if thresholds:
        below = pa.array(is_below(scores, thresholds))
        scores = scores.filter(below).replace_schema_metadata(write_thresholds(thresholds))
    pq.write_table(scores, path)
