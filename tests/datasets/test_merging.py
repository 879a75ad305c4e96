"""The test set in one file: the same events and weights as those of megasets."""

import numpy as np
import pyarrow as pa
import pytest

from rapidmass.datasets.megasets import BackgroundShard, write_megaset
from rapidmass.datasets.merging import merge_test_set
from rapidmass.representations.rmm.layout import Layout
from rapidmass.representations.rmm.sparse import SparseMatrices
from rapidmass.storage import parquet, tables
from rapidmass.storage.event_keys import make_event_keys
from synthetic_megasets import tabulate

LAYOUT = Layout(types={"ele": 1})


def write_shard(path, sample, first=0, size=2000):
    number = np.arange(first, first + size, dtype=np.uint64)
    met = (number % 97).astype(np.float32)
    matrices = SparseMatrices(LAYOUT, met, np.arange(size + 1), np.zeros((size, 1), np.uint8))
    columns = {
        "key": make_event_keys(1, sample, np.zeros(size, int), number),
        "run": np.zeros(size, int),
        "event": number,
        "generator_weight": 1.0 + number % 3,
        "scale_factor": np.full(size, 0.5),
        "met": met,
    }
    table = tables.sort_by_key(tabulate(matrices, columns, "x"))
    with parquet.ShardWriter(path, table.schema, {}) as writer:
        writer.write(table)
    return BackgroundShard(path, sample, sample.upper(), 2.0)


@pytest.fixture
def members(tmp_path):
    return [
        write_shard(tmp_path / "a0.parquet", "a"),
        write_shard(tmp_path / "a1.parquet", "a", first=2000),
        write_shard(tmp_path / "b.parquet", "b"),
    ]


def test_the_events_are_those_of_the_test_sets_of_all_megasets(members, tmp_path):
    pieces = []
    for index in range(3):
        write_megaset(
            members, tmp_path / "m", tmp_path / f"{index}",
            index=index, number=3, test_fraction=0.3, provenance={},
        )  # fmt: skip
        pieces.append(parquet.read_shard(tmp_path / f"{index}"))
    expected = pa.concat_tables(pieces)
    for name, some in (("one", members), ("other", members[::-1])):
        merge_test_set(some, tmp_path / name, test_fraction=0.3, provenance={})
        found = parquet.read_shard(tmp_path / name)
        assert found.schema.equals(expected.schema)
        assert found.equals(expected)
        assert tables.get_selection(found.schema) == "x"
    assert (tmp_path / "one").read_bytes() == (tmp_path / "other").read_bytes()
    assert 0.25 < expected.num_rows / 6000 < 0.35


def test_an_event_of_two_shards_is_refused(members, tmp_path):
    again = write_shard(tmp_path / "again.parquet", "a", first=1500)
    with pytest.raises(ValueError, match=r"a0\.parquet"):
        merge_test_set([*members, again], tmp_path / "t", test_fraction=0.3, provenance={})
    assert not (tmp_path / "t").exists()
