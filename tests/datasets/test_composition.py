"""How the channels are shared out: totals, and portions that are no fair sample."""

import numpy as np
import pyarrow as pa
import pytest

from rapidmass.datasets.composition import measure_composition
from synthetic_megasets import make_events, write_events

CHANNELS = {"A": 6000, "B": 600}


def make_channel(name, n, first=0):
    table = make_events(first + n, sample=name).slice(first)
    return replace(table, "channel", pa.array([name] * n, pa.string()))


def replace(table, name, values):
    place = table.schema.get_field_index(name)
    return table.set_column(place, table.schema.field(name), values)


@pytest.fixture(scope="module")
def portions(tmp_path_factory):
    """Five megasets and a test set, all of random events."""
    folder = tmp_path_factory.mktemp("composition")
    table = pa.concat_tables([make_channel(*item) for item in CHANNELS.items()])
    lot = np.random.default_rng(1).integers(0, 6, len(table))
    paths = [
        write_events(folder / f"{k}.parquet", table.filter(pa.array(lot == k))) for k in range(6)
    ]
    return table, paths[:5], paths[5:]


def test_composition_is_measured(portions):
    table, sets, tests = portions
    found = measure_composition(sets, tests, [*CHANNELS, "C"])["channels"]
    for name, n in CHANNELS.items():
        channel = found[name]
        own = table.filter(pa.compute.equal(table.column("channel"), name))
        total = own.column("weight").to_numpy().sum()
        assert sum(channel["weight"]) + channel["test_weight"] == pytest.approx(total)
        assert sum(channel["events"]) + channel["test_events"] == n
        assert channel["pull"] < 4
        overall = sum(channel["weight"]) / sum(sum(found[c]["weight"]) for c in found)
        assert channel["shares"] == pytest.approx([overall] * 5, rel=0.35)
    assert found["C"]["events"] == [0] * 5


def test_an_unfair_portion_is_noticed(tmp_path):
    """A megaset that lacks a channel, as a split by file order would make it, has a large pull."""
    paths = [
        write_events(tmp_path / f"{k}.parquet", make_channel("A", 500 if k else 50, 500 * k))
        for k in range(4)
    ]
    assert measure_composition(paths, [], ["A"])["channels"]["A"]["pull"] > 10
