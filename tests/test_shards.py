"""Shards: exact round trips, key ranges, named cells, damage."""

from functools import partial
from pathlib import Path

import awkward as ak
import numpy as np
import pyarrow as pa
import pytest

from rapidmass import shards
from rapidmass.identity import KEY_SPAN, make_event_keys
from rapidmass.rmm import Layout, build, build_sparse
from rapidmass.shards import KeyRange

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
    return shards.make_table(build_sparse(LAYOUT, *events), columns)


@pytest.fixture(scope="module")
def path(table, tmp_path_factory):
    path = tmp_path_factory.mktemp("shards") / "a.parquet"
    ordered = shards.sort_by_key(table)
    with shards.ShardWriter(path, table.schema, {"made": "here"}) as writer:
        pieces = shards.split_keys(shards.ALL_KEYS, shards.count_groups(N))
        for keys in pieces:
            writer.write(shards.slice_events(ordered, keys))
    return path


def test_matrices_come_back_exactly(path, table, events):
    back = shards.read_events(path)
    order = np.argsort(table["key"].to_numpy())
    dense = shards.densify(shards.get_matrices(back)).reshape(N, LAYOUT.size, LAYOUT.size)
    np.testing.assert_array_equal(dense, build(LAYOUT, *events)[order])
    assert shards.get_layout(back.schema) == LAYOUT


def test_key_ranges_cover_everything_once(path):
    whole = shards.read_events(path)
    parts = [shards.read_events(path, keys) for keys in shards.split_keys(shards.ALL_KEYS, 7)]
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
    first = shards.get_matrices(pieces[3])
    assert len(first) == 777


def test_slices_keep_rows_and_matrices_together(table):
    some = table.slice(1000, 50)
    whole = shards.densify(shards.get_matrices(table))
    np.testing.assert_array_equal(shards.densify(shards.get_matrices(some)), whole[1000:1050])


def test_named_cells_tell_absent_from_zero(table):
    cells = shards.get_cells(table, ["met", "m_jet0_ele0", "hL_ele1"])
    assert cells.column_names == ["met", "m_jet0_ele0", "hL_ele1"]
    np.testing.assert_array_equal(cells["met"].to_numpy(), table["met"].to_numpy())
    n_jet, n_ele = table["n_jet"].to_numpy(), table["n_ele"].to_numpy()
    np.testing.assert_array_equal(
        np.isnan(cells["m_jet0_ele0"].to_numpy()), (n_jet == 0) | (n_ele == 0)
    )
    np.testing.assert_array_equal(np.isnan(cells["hL_ele1"].to_numpy()), n_ele < 2)
    assert len(cells.to_pandas()) == N


def test_merging_sources_is_sorting_their_union(table):
    ordered = shards.sort_by_key(table)
    quarters = [table.slice(start, N // 4) for start in range(0, N, N // 4)]
    sources = [partial(shards.slice_events, shards.sort_by_key(part)) for part in quarters]
    for pieces in (1, 8):
        merged = pa.concat_tables(shards.merge_events(sources, shards.ALL_KEYS, pieces))
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


def test_equal_layouts_pass(table):
    shards.check_layout(LAYOUT, table.schema, Path("some.parquet"))


@pytest.mark.parametrize(
    "other",
    [
        Layout(types={"jet": 3, "ele": 3}),
        Layout(types={"ele": 2, "jet": 3}),
        Layout(types=LAYOUT.types, convention="reference"),
        Layout(types=LAYOUT.types, sqrt_s=13600),
    ],
    ids=["slots", "order", "convention", "energy"],
)
def test_other_layouts_are_refused(table, other):
    with pytest.raises(ValueError, match=r"some\.parquet holds matrices of the layout"):
        shards.check_layout(other, table.schema, Path("some.parquet"))
