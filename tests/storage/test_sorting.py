"""Sorting by key: nothing is lost, equal keys keep their order, memory decides nothing."""

import resource
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rapidmass.storage import sorting
from rapidmass.storage.event_keys import KEY_SPAN
from rapidmass.storage.sorting import KeySorter, RepeatedEventError, find_repeated, write_sorted
from rapidmass.storage.tables import ALL_KEYS, KeyRange, split_keys


def make_table(keys, first=0):
    number = np.arange(first, first + len(keys))
    lists = pa.array([[float(n)] * (n % 3) for n in number], type=pa.list_(pa.float32()))
    return pa.table({"key": np.array(keys, dtype=np.uint64), "number": number, "list": lists})


def sort_in(folder, tables, pieces, memory, keys=ALL_KEYS):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sorting, "BYTES_IN_MEMORY", memory)
        with KeySorter(folder, sum(table.num_rows for table in tables), keys) as sorter:
            for table in tables:
                sorter.add(table)
            found = list(sorter.drain(pieces))
    assert not list(folder.iterdir())
    return found


CHUNKS = st.lists(st.lists(st.integers(0, KEY_SPAN - 1) | st.integers(0, 5)), min_size=1)


@settings(max_examples=40, deadline=None)
@given(chunks=CHUNKS, pieces=st.sampled_from([1, 2, 8]), memory=st.sampled_from([1, 500, 10**9]))
def test_pieces_are_the_stably_sorted_rows_of_each_range(tmp_path_factory, chunks, pieces, memory):
    folder = tmp_path_factory.mktemp("sorting")
    starts = np.cumsum([0, *map(len, chunks)])
    tables = [make_table(keys, start) for keys, start in zip(chunks, starts, strict=False)]
    found = sort_in(folder, tables, pieces, memory)
    rows = sorted(pa.concat_tables(tables).to_pylist(), key=lambda row: row["key"])
    assert len(found) == pieces
    assert pa.concat_tables(found).to_pylist() == rows
    for table, keys in zip(found, split_keys(ALL_KEYS, pieces), strict=True):
        assert all(keys.low <= key < keys.high for key in table["key"].to_pylist())


@pytest.mark.parametrize("memory", [10_000, 10**9])
def test_more_pieces_than_piles_and_the_other_way_round(tmp_path, monkeypatch, memory):
    keys = np.random.default_rng(1).integers(10**6, 2 * 10**6, 4000, dtype=np.uint64)
    known = KeyRange(10**6, 2 * 10**6)
    for rows in (50, 1000, 10**6):
        monkeypatch.setattr(sorting, "ROWS_PER_PILE", rows)
        found = sort_in(tmp_path, [make_table(keys)], 10, memory, known)
        assert len(found) == 16  # the next power of two
        assert all(table.num_rows for table in found)
        together = pa.concat_tables(found)["number"].to_numpy()
        np.testing.assert_array_equal(together, np.argsort(keys, kind="stable"))


def make_numbers(keys, runs, events):
    return pa.table(
        {
            "key": np.array(keys, np.uint64),
            "run": np.array(runs, np.int64),
            "event": np.array(events, np.uint64),
        }
    )


def test_repeated_events_have_equal_keys_and_all_that_is_asked_for():
    table = make_numbers([1, 5, 5, 5, 9, 9, 9], [1, 2, 2, 2, 3, 4, 4], [1, 6, 6, 7, 8, 8, 8])
    assert list(find_repeated(table, ())) == [1, 2, 4, 5]
    assert list(find_repeated(table, ("run",))) == [1, 2, 5]
    assert list(find_repeated(table, ("run", "event"))) == [1, 5]
    assert list(find_repeated(table.slice(0, 0), ("run",))) == []


@pytest.mark.parametrize("memory", [1, 10**9])
def test_an_event_that_comes_twice_is_refused_where_it_must_not(tmp_path, monkeypatch, memory):
    monkeypatch.setattr(sorting, "BYTES_IN_MEMORY", memory)
    path = tmp_path / "shard.parquet"
    chunks = [make_numbers([9, 3], [1, 1], [90, 30]), make_numbers([2, 9], [1, 1], [20, 90])]
    assert write_sorted(chunks, path, {}, lambda: 4) == 4
    with pytest.raises(
        RepeatedEventError, match=r"^in/a\.root holds run 1, event 90 twice: .*'identity'"
    ):
        write_sorted(chunks, path, {}, lambda: 4, origin="in/a.root")
    # keys that are equal by chance
    other = [make_numbers([9, 3], [1, 1], [90, 30]), make_numbers([9], [1], [91])]
    assert write_sorted(other, path, {}, lambda: 3, origin="in/a.root") == 3


def read_memory():
    """Read how many bytes of memory this process has."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * resource.getpagesize()


def test_small_tables_take_little_more_memory_than_their_events(tmp_path):
    """A file of which a tight selection leaves a few events of each chunk."""
    keys = np.random.default_rng(1).integers(0, KEY_SPAN - 1, (2000, 60), dtype=np.uint64)
    before = read_memory()
    with KeySorter(tmp_path, 10**9) as sorter:
        for some in keys:
            sorter.add(make_numbers(some, some // 2, some))
        found = sorter.drain(4)
        rows = next(found).num_rows
        grown = read_memory() - before
        rows += sum(table.num_rows for table in found)
    assert rows == keys.size
    assert grown < 20 * keys.nbytes
