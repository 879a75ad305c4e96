"""Shards: exact round trips, key ranges, named cells, damage."""

import awkward as ak
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from rapidmass.representations.rmm.layout import Layout
from rapidmass.representations.rmm.matrices import build, build_sparse
from rapidmass.representations.rmm.representation import read_layout
from rapidmass.representations.tables import decode
from rapidmass.storage import parquet, tables
from rapidmass.storage.event_keys import KEY_SPAN, make_event_keys
from rapidmass.storage.tables import KeyRange
from synthetic_megasets import tabulate

LAYOUT = Layout(types={"jet": 3, "ele": 2})
N = 40_000


@pytest.fixture(scope="module")
def events():
    rng = np.random.default_rng(5)
    objects = {}
    for name in LAYOUT.types:
        counts = rng.poisson(1.5, N)
        total = counts.sum()
        flat = ak.zip(
            {
                "pt": rng.exponential(30, total) + 10,
                "eta": rng.normal(0, 1.5, total),
                "phi": rng.uniform(-3, 3, total),
                "mass": rng.exponential(5, total),
            }
        )
        objects[name] = ak.unflatten(flat, counts)
    return objects, rng.exponential(30, N), rng.uniform(-3, 3, N)


@pytest.fixture(scope="module")
def table(events):
    keys = make_event_keys(1, "x", np.zeros(N, np.int64), np.arange(N, dtype=np.uint64))
    columns = {"key": keys, "met": events[1].astype("float32"), "flavour": ["ee"] * N}
    return tabulate(build_sparse(LAYOUT, *events), columns)


@pytest.fixture(scope="module")
def path(table, tmp_path_factory):
    path = tmp_path_factory.mktemp("shards") / "a.parquet"
    ordered = tables.sort_by_key(table)
    with parquet.ShardWriter(path, table.schema, {"made": "here"}) as writer:
        pieces = tables.split_keys(tables.ALL_KEYS, parquet.count_groups(N))
        for keys in pieces:
            writer.write(tables.slice_events(ordered, keys))
    return path


def test_matrices_come_back_exactly(path, table, events):
    back = parquet.read_shard(path)
    order = np.argsort(table["key"].to_numpy())
    dense = decode(back).fill().reshape(N, LAYOUT.size, LAYOUT.size)
    np.testing.assert_array_equal(dense, build(LAYOUT, *events)[order])
    assert read_layout(back.schema) == LAYOUT


def test_key_ranges_cover_everything_once(path):
    whole = parquet.read_shard(path)
    parts = [parquet.read_shard(path, keys) for keys in tables.split_keys(tables.ALL_KEYS, 7)]
    assert pa.concat_tables(parts).equals(whole)
    assert np.all(np.diff(whole["key"].to_numpy().astype(object)) > 0)


@pytest.mark.parametrize("keys", [KeyRange(0, 0), KeyRange(5, 6), KeyRange(KEY_SPAN - 1, KEY_SPAN)])
def test_an_empty_range_has_the_right_columns(path, keys):
    part = parquet.read_shard(path, keys)
    assert part.num_rows == 0
    assert part.schema.equals(parquet.read_shard(path).schema)


def test_a_key_range_reads_few_row_groups(path):
    with parquet.open_shard(path) as file:
        assert file.num_row_groups == parquet.count_groups(N) == 16
        lows = [
            file.metadata.row_group(g).column(0).statistics.min >> 60
            for g in range(file.num_row_groups)
        ]
    assert lows == list(range(16))  # row groups are sixteenths of the keys


def test_iterating_gives_all_rows_in_order(path):
    pieces = list(parquet.iterate_events(path, ["key", "rmm", "n_jet", "n_ele"], rows=777))
    assert max(piece.num_rows for piece in pieces) == 777
    keys = np.concatenate([piece["key"].to_numpy() for piece in pieces])
    np.testing.assert_array_equal(keys, parquet.read_shard(path)["key"].to_numpy())
    first = decode(pieces[3])
    assert len(first) == 777


def test_what_was_read_is_not_held(tmp_path):
    """With Arrow's own choice all of a file is in memory at its end."""
    path, numbers = tmp_path / "numbers.parquet", np.random.default_rng(1).random(2_000_000)
    pq.write_table(pa.table({"number": numbers}), path, row_group_size=50_000)
    before, held = pa.total_allocated_bytes(), []
    with parquet.open_parquet(path) as file:
        for batch in file.iter_batches(50_000, use_threads=False):
            held.append(pa.total_allocated_bytes() - before)
            del batch
    assert len(held) == 40
    assert max(held) < path.stat().st_size / 8


@pytest.mark.parametrize("sizes", [[7], [0, 300, 5, 1000, 41], [123] * 9])
def test_grouped_rows_keep_their_order_in_groups_of_one_size(table, tmp_path, sizes):
    path = tmp_path / "grouped.parquet"
    with parquet.GroupedWriter(path, table.schema, {}, rows=100) as writer:
        start = 0
        for size in sizes:
            writer.write(table.slice(start, size))
            start += size
    with parquet.open_shard(path) as file:
        groups = [file.metadata.row_group(g).num_rows for g in range(file.num_row_groups)]
        written = file.read()
    assert written.equals(table.slice(0, start))
    assert set(groups[:-1]) <= {100}
    assert groups[-1] <= 100


@pytest.mark.parametrize("rows", [0, 10**4, 10**5, 10**6, 10**7, 10**9])
def test_row_groups_are_neither_many_nor_large(rows):
    groups = parquet.count_groups(rows)
    assert groups.bit_count() == 1
    assert rows / groups <= parquet.ROWS_PER_GROUP
    assert groups == 1 or rows / groups >= parquet.ROWS_WORTH_A_GROUP


def test_a_truncated_file_is_found(path, tmp_path):
    cut = tmp_path / "cut.parquet"
    cut.write_bytes(path.read_bytes()[:-100])
    with pytest.raises(ValueError, match=r"cut\.parquet is damaged .* remove it"):
        parquet.read_shard(cut)


def test_another_parquet_file_is_not_a_shard(tmp_path):
    other = tmp_path / "other.parquet"
    pa.parquet.write_table(pa.table({"key": [1]}), other)
    with pytest.raises(ValueError, match=r"other\.parquet is not a rapidmass shard"):
        parquet.read_shard(other)


def test_an_event_takes_few_bytes(path):
    # the dense matrix of 36 cells would take 144
    assert path.stat().st_size / N < 100
