"""Shards: exact round trips, key ranges, named cells, damage."""

from functools import partial

import awkward as ak
import numpy as np
import pyarrow as pa
import pytest

from rapidmass import shards, tables
from rapidmass.identity import KEY_SPAN, make_event_keys
from rapidmass.rmm import Layout, build, build_sparse, densify
from rapidmass.tables import KeyRange

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
    return tables.make_table(build_sparse(LAYOUT, *events), columns)


@pytest.fixture(scope="module")
def path(table, tmp_path_factory):
    path = tmp_path_factory.mktemp("shards") / "a.parquet"
    ordered = tables.sort_by_key(table)
    with shards.ShardWriter(path, table.schema, {"made": "here"}) as writer:
        pieces = shards.split_keys(tables.ALL_KEYS, shards.count_groups(N))
        for keys in pieces:
            writer.write(tables.slice_events(ordered, keys))
    return path


def test_matrices_come_back_exactly(path, table, events):
    back = shards.read_events(path)
    order = np.argsort(table["key"].to_numpy())
    dense = densify(tables.get_matrices(back)).reshape(N, LAYOUT.size, LAYOUT.size)
    np.testing.assert_array_equal(dense, build(LAYOUT, *events)[order])
    assert tables.get_layout(back.schema) == LAYOUT


def test_key_ranges_cover_everything_once(path):
    whole = shards.read_events(path)
    parts = [shards.read_events(path, keys) for keys in shards.split_keys(tables.ALL_KEYS, 7)]
    assert pa.concat_tables(parts).equals(whole)
    assert np.all(np.diff(whole["key"].to_numpy().astype(object)) > 0)


@pytest.mark.parametrize("keys", [KeyRange(0, 0), KeyRange(5, 6), KeyRange(KEY_SPAN - 1, KEY_SPAN)])
def test_an_empty_range_has_the_right_columns(path, keys):
    part = shards.read_events(path, keys)
    assert part.num_rows == 0
    assert part.schema.equals(shards.read_events(path).schema)


def test_a_key_range_reads_few_row_groups(path):
    with shards.open_shard(path) as parquet:
        assert parquet.num_row_groups == shards.GROUPS_PER_SHARD
        lows = [
            parquet.metadata.row_group(g).column(0).statistics.min >> 60
            for g in range(parquet.num_row_groups)
        ]
    assert lows == list(range(16))  # row groups are sixteenths of the keys


def test_iterating_gives_all_rows_in_order(path):
    pieces = list(shards.iterate_events(path, ["key", "rmm", "n_jet", "n_ele"], rows=777))
    assert max(piece.num_rows for piece in pieces) == 777
    keys = np.concatenate([piece["key"].to_numpy() for piece in pieces])
    np.testing.assert_array_equal(keys, shards.read_events(path)["key"].to_numpy())
    first = tables.get_matrices(pieces[3])
    assert len(first) == 777


def test_merging_sources_is_sorting_their_union(table):
    ordered = tables.sort_by_key(table)
    quarters = [table.slice(start, N // 4) for start in range(0, N, N // 4)]
    sources = [partial(tables.slice_events, tables.sort_by_key(part)) for part in quarters]
    for pieces in (1, 8):
        merged = pa.concat_tables(shards.merge_events(sources, tables.ALL_KEYS, pieces))
        assert merged.equals(ordered)


def test_a_truncated_file_is_found(path, tmp_path):
    cut = tmp_path / "cut.parquet"
    cut.write_bytes(path.read_bytes()[:-100])
    with pytest.raises(ValueError, match=r"cut\.parquet is damaged .* remove it"):
        shards.read_events(cut)


def test_another_parquet_file_is_not_a_shard(tmp_path):
    other = tmp_path / "other.parquet"
    pa.parquet.write_table(pa.table({"key": [1]}), other)
    with pytest.raises(ValueError, match=r"other\.parquet is not a rapidmass shard"):
        shards.read_events(other)


def test_an_event_takes_few_bytes(path):
    # the dense matrix of 36 cells would take 144
    assert path.stat().st_size / N < 100
